/** Images as a Dockerfile makes them, by Debian's buildah: without Docker, and without a registry of images. */
import { mkdir, mkdtemp, rename } from 'node:fs/promises';
import path from 'node:path';
import { buildImages, type ImageSpec } from './images.ts';
import { npmSettings } from './npm-settings.ts';
import { ensureSystemPackages } from './packages.ts';
import { finish } from './process.ts';

export interface DockerfileBuild {
  /** The folder with the Dockerfile, and what it copies. */
  context: string;
  /** What stands in for base images, by the build argument that names each. */
  bases: Record<string, ImageSpec>;
  /** The stage of the Dockerfile that is the image. */
  target: string;
  /** With registry and tag, as pods will write it. */
  name: string;
}

/**
 * Writes the image as a tar that `Cluster.loadImages` takes. It needs root.
 * npm reaches its registry there as it does on this machine, by mounts that leave nothing in the image.
 */
export async function buildDockerfile(tar: string, build: DockerfileBuild): Promise<void> {
  const { context, bases, target, name } = build;
  ensureSystemPackages({ buildah: ['buildah'] });
  const work = await mkdtemp(`${tar}.making-`);
  const at = (name: string) => path.join(work, name);
  const storage = ['--storage-driver=vfs', `--root=${at('storage')}`, `--runroot=${at('run')}`];
  // In a process namespace of its own: what a RUN started ends with it, however that ends.
  const alone = ['--pid', '--fork', '--kill-child', '--mount-proc', 'buildah', ...storage];
  const buildah = async (...args: string[]) => {
    const { stdout, stderr, code } = await finish('unshare', [...alone, ...args], { allowFailure: true });
    if (code !== 0) throw new Error(`buildah ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
    return stdout.trim();
  };
  try {
    const args: string[] = [];
    for (const [argument, image] of Object.entries(bases)) {
      await buildImages(at('base.tar'), [image]);
      const id = await buildah('pull', '--quiet', `oci-archive:${at('base.tar')}`);
      args.push(`--build-arg=${argument}=${id}`);
    }
    await mkdir(at('npm'));
    for (const [here, there] of Object.entries(await npmSettings(at('npm'))))
      args.push(`--volume=${here}:${there}`);
    // In a chroot, which needs no container runtime; with one date, so that the same input gives the same bytes.
    const how = ['--isolation=chroot', '--network=host', '--pull-never', '--timestamp=0'];
    await buildah('bud', ...how, ...args, `--target=${target}`, `--tag=${name}`, context);
    await buildah('push', '--quiet', name, `docker-archive:${at('image.tar')}:${name}`);
    await rename(at('image.tar'), tar);
  } finally {
    await finish('rm', ['--recursive', '--force', '--one-file-system', work]);
  }
}
