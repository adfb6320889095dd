import t from 'tap';
import { buildProgress, type Screen } from './build-progress.ts';

/** A build of two parts that fails in the second, as a screen shows it. */
function shown(screen: Pick<Screen, 'isTTY' | 'columns'>): string {
  let text = '';
  let seconds = 0;
  const write = (more: string) => {
    text += more;
  };
  const progress = buildProgress(2, { ...screen, write }, () => seconds * 1000);
  progress.begin('kube-apiserver v1.36.3');
  progress.heard('go: downloading github.com/google/uuid v1.6.0');
  seconds = 20;
  progress.tell();
  progress.expect([
    'internal/cpu',
    'unicode',
    'k8s.io/api/core/v1',
    'google.golang.org/grpc',
    'k8s.io/kubernetes',
  ]);
  for (const name of ['internal/cpu', 'k8s.io/api/core/v1', 'google.golang.org/grpc']) progress.heard(name);
  seconds = 80;
  progress.tell();
  seconds = 125;
  progress.begin('kubelet v1.36.3');
  progress.expect(['internal/cpu', 'k8s.io/api/core/v1', 'k8s.io/kubelet', 'k8s.io/cri']);
  progress.heard('k8s.io/kubelet');
  seconds = 130;
  progress.tell();
  progress.fail();
  return text;
}

t.test('a log gets whole lines of plain text', async (t) => {
  t.equal(
    shown({}),
    [
      '[1 of 2, 0 s] kube-apiserver v1.36.3',
      '[1 of 2, 20 s] kube-apiserver v1.36.3: 1 modules downloaded',
      '[1 of 2, 1 min 20 s] kube-apiserver v1.36.3: 3 of 5 packages',
      '[1 of 2, 2 min 5 s] kube-apiserver v1.36.3: built in 2 min 5 s',
      '[2 of 2, 2 min 5 s] kubelet v1.36.3',
      '[2 of 2, 2 min 10 s] kubelet v1.36.3: 1 of 2 packages',
      '[2 of 2, 2 min 10 s] kubelet v1.36.3: failed after 5 s',
      '',
    ].join('\n'),
  );
});

t.test('a terminal gets one line for each part, which is written anew and never breaks', async (t) => {
  const text = shown({ isTTY: true, columns: 60 });
  const lines = text.split('\n');
  t.equal(lines.length, 3);
  for (const line of lines.slice(0, 2)) {
    const states = line.split('\r\x1b[K').slice(1);
    t.ok(states.length > 2);
    t.ok(states.every((state) => state.startsWith('[') && state.length < 60));
  }
  t.match(lines[0], /\[1 of 2, 2 min 5 s\] kube-apiserver v1\.36\.3: built in/);
});

t.test('the end tells the time of all', async (t) => {
  let text = '';
  let seconds = 0;
  const write = (more: string) => {
    text += more;
  };
  const progress = buildProgress(1, { write }, () => seconds * 1000);
  progress.begin('etcd v3.7.3');
  seconds = 61;
  progress.end();
  t.match(text, /\[1 of 1, 1 min 1 s\] etcd v3\.7\.3: built in 1 min 1 s\nAll built, in 1 min 1 s\.\n$/);
});

t.test('of what Go says its own words are kept, for they tell why a build failed', async (t) => {
  const progress = buildProgress(1, { write: () => {} });
  progress.begin('kubelet v1.36.3');
  const said = [
    'go: downloading github.com/google/uuid v1.6.0',
    'k8s.io/api/core/v1',
    '# k8s.io/kubernetes/pkg/kubelet',
    'pkg/kubelet/kubelet.go:12:3: undefined: missing',
  ];
  for (const line of said) progress.heard(line);
  t.equal(progress.words(), said.slice(2).join('\n'));
});
