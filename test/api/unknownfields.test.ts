import t from 'tap';
import { mcpServerResource } from '../../src/api/mcpserver.ts';
import { validatorOf } from '../../src/api/validate.ts';

const validator = validatorOf(mcpServerResource);
const hint = (spec: object) => validator.unknownFields({ spec }).map(({ detail }) => detail);

t.test('a field that belongs elsewhere is told where', async (t) => {
  const misplaced: [object, RegExp][] = [
    [{ pod: { strategy: {} } }, /did you mean spec\.strategy$/],
    [{ pod: { minReadySeconds: 5 } }, /did you mean spec\.minReadySeconds$/],
    [{ service: { port: 80 } }, /did you mean spec\.port$/],
    [{ nodeSelector: {} }, /did you mean spec\.pod\.nodeSelector$/],
    [{ env: [{ name: 'A', image: 'x' }] }, /did you mean spec\.image$/],
    [{ pod: { readinessProbe: {} } }, /did you mean spec\.observability\.healthProbes\.readiness$/],
    [{ pod: { healthProbes: {} } }, /did you mean spec\.observability\.healthProbes$/],
  ];
  for (const [spec, said] of misplaced) t.match(hint(spec), [said], JSON.stringify(spec));
});

t.test('what a probe of a pod says within a handler, a probe of ours says itself', async (t) => {
  const probe = (readiness: object) => hint({ observability: { healthProbes: { readiness } } });
  t.match(probe({ httpGet: { path: '/health' } }), [
    /path, port, scheme and httpHeaders stand here without it$/,
  ]);
  t.match(probe({ tcpSocket: { port: 80 } }), [/port stands here without it$/]);
});

t.test('a field of no such name gets those that begin alike, or all that are known', async (t) => {
  t.match(hint({ imagePullSecret: [] }), [/did you mean image, imagePullPolicy, imagePullSecrets/]);
  t.match(hint({ serviceAccount: { tokens: true } }), [/known here: annotations, automountToken/]);
});
