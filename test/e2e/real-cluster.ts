/** What suites on a real node begin with: a cluster whose node has the images that they run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';
import { type Cluster, up } from '../cluster/cluster.ts';
import { buildImages, type ImageSpec } from '../cluster/images.ts';

/**
 * It ends with the test.
 * @param tars of images that others make.
 */
export async function upWithImages(
  t: Test,
  images: ImageSpec[],
  ...tars: Promise<string>[]
): Promise<Cluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'smooth-images-'));
  try {
    const tar = path.join(folder, 'images.tar');
    const ours = images.length > 0 ? [buildImages(tar, images).then(() => tar)] : [];
    const built = Promise.all([...ours, ...tars]);
    built.catch(() => {}); // Where the cluster fails first, that is the news.
    const cluster = await up({ node: 'real' });
    t.teardown(() => cluster.down());
    for (const tar of await built) await cluster.loadImages!(tar);
    return cluster;
  } finally {
    await rm(folder, { recursive: true });
  }
}
