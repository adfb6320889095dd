import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { buildImages, directoryLayer, filesLayer, type ImageSpec } from './images.ts';

t.test('images share layers, and the same input gives the same bytes', async (t) => {
  const dir = t.testdir({
    unpacked: {},
    app: { 'main.js': 'hello', 'link.js': t.fixture('symlink', './main.js') },
  });
  const layer = directoryLayer(path.join(dir, 'app'), '/srv/app');
  const extra = filesLayer({ '/etc/motd': { text: 'hi\n' }, '/tmp': { directory: 0o1777 } });
  const images: ImageSpec[] = [
    {
      name: 'localhost/one:1',
      layers: [layer],
      config: { Entrypoint: ['/srv/app/main.js'], User: '65532:65532' },
    },
    { name: 'localhost/two:1', layers: [layer, extra], config: { Entrypoint: ['/bin/true'] } },
  ];
  const first = path.join(dir, 'first.tar');
  const second = path.join(dir, 'second.tar');
  await buildImages(first, images);
  await buildImages(second, images);
  t.ok(readFileSync(first).equals(readFileSync(second)));

  const unpacked = path.join(dir, 'unpacked');
  execFileSync('tar', ['-xf', first, '-C', unpacked]);
  const blob = (digest: string) => path.join(unpacked, 'blobs', digest.replace(':', '/'));
  const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
  const index = json(path.join(unpacked, 'index.json'));
  t.same(
    index.manifests.map((each: { annotations: object }) => each.annotations),
    images.map(({ name }) => ({ 'io.containerd.image.name': name })),
  );
  const [one, two] = index.manifests.map((each: { digest: string }) => json(blob(each.digest)));
  t.same(one.layers[0], two.layers[0]);
  const config = json(blob(one.config.digest));
  t.equal(config.config.User, '65532:65532');
  t.same(config.rootfs.diff_ids, [one.layers[0].digest]);

  const list = (layer: { digest: string }) =>
    execFileSync('tar', ['-tvf', blob(layer.digest), '--utc'], { encoding: 'utf8' });
  t.match(list(one.layers[0]), /^-rw-r--r-- 0\/0 .* 1970-01-01 00:00 srv\/app\/main\.js$/m);
  t.match(list(one.layers[0]), /srv\/app\/link\.js -> \.\/main\.js$/m);
  t.match(list(two.layers[1]), /^drwxrwxrwt 0\/0 .* \.\/tmp\/$/m);
});
