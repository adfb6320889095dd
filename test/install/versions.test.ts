import { test } from 'tap';
import { VERSION as RUNTIME_VERSION } from '../../src/runtime/version.ts';
import { VERSION } from '../../src/version.ts';
import { controlPlanes, NEWEST, OLDEST } from '../cluster/versions.ts';
import { readText, readYaml } from './files.ts';

test('every file names the same release', async (t) => {
  t.equal(JSON.parse(readText('package.json')).version, VERSION, 'package.json');
  t.equal(JSON.parse(readText('src/runtime/package.json')).version, VERSION, 'package.json of the runtime');
  t.equal(RUNTIME_VERSION, VERSION, 'the runtime');
  const chart = readYaml<{ version: string; appVersion: string }>('charts', 'smooth-operator', 'Chart.yaml');
  t.equal(chart.version, VERSION, 'version of the chart');
  t.equal(chart.appVersion, VERSION, 'appVersion of the chart');
  const production = ['metacontroller', 'overlays', 'production'];
  const { images } = readYaml<{ images: { newTag: string }[] }>(...production, 'kustomization.yaml');
  t.same(
    images.map(({ newTag }) => newTag),
    [VERSION],
    'image of the production overlay',
  );
  const revision = /^REVISION=(.*)$/m.exec(readText(...production, 'settings.env'))?.[1] ?? '';
  t.match(revision, /^[A-Za-z0-9._-]+$/, 'a revision is part of a URL');
  t.ok(revision.startsWith(`${VERSION}-`), `revision of the production overlay: ${revision}`);
});

test('the oldest Kubernetes that the chart admits and the newest are those that the suites run on', async (t) => {
  const { kubeVersion } = readYaml<{ kubeVersion: string }>('charts', 'smooth-operator', 'Chart.yaml');
  t.equal(kubeVersion, `>=${OLDEST.slice(1)}.0-0`);
  const [, row = ''] = /^\| Kubernetes \|(.*)$/m.exec(readText('docs', 'install.md')) ?? [];
  const tried = [NEWEST, OLDEST].map((release) => controlPlanes[release].version.slice(1));
  t.ok(row.startsWith(` ${tried.join(' and ')} |`), `docs/install.md names ${tried.join(' and ')}: ${row}`);
});
