/** Container images without a container engine: one OCI-layout tar, the same bytes for the same input. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { finish } from './process.ts';

/** Writes its files as a tar at the path given. Images that name the same layer function share the layer. */
export type Layer = (tar: string) => Promise<void>;

export interface ImageSpec {
  /** With registry and tag, as pods will write it: `localhost/operator:dev`. */
  name: string;
  layers: Layer[];
  config: {
    Entrypoint: string[];
    Cmd?: string[];
    Env?: string[];
    WorkingDir?: string;
    /** Numeric, so that `runAsNonRoot` can be checked. */
    User?: string;
    StopSignal?: string;
  };
}

interface Blob {
  digest: string;
  size: number;
}

/** Builds one tar that `Cluster.loadImages` takes. An older one at that path is replaced when the new one is whole. */
export async function buildImages(tarPath: string, images: ImageSpec[]): Promise<void> {
  const work = await mkdtemp(`${tarPath}.parts-`);
  const blobs = path.join(work, 'blobs', 'sha256');
  try {
    await mkdir(blobs, { recursive: true });
    const layers = new Map<Layer, Blob>();
    for (const layer of new Set(images.flatMap((image) => image.layers))) {
      const tar = path.join(work, 'layer.tar');
      await layer(tar);
      const digest = await sha256(tar);
      layers.set(layer, { digest, size: (await stat(tar)).size });
      await rename(tar, path.join(blobs, digest));
    }
    const store = async (content: object): Promise<Blob> => {
      const text = JSON.stringify(content);
      const digest = createHash('sha256').update(text).digest('hex');
      await writeFile(path.join(blobs, digest), text);
      return { digest, size: Buffer.byteLength(text) };
    };
    const manifests = [];
    for (const image of images) {
      const own = image.layers.map((layer) => layers.get(layer)!);
      const config = await store(imageConfig(image, own));
      manifests.push(indexEntry(image.name, await store(imageManifest(config, own))));
    }
    await writeFile(path.join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(path.join(work, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    const whole = path.join(work, 'whole.tar');
    await tar(whole, ['-C', work, '--mode=u=rwX,go=rX', 'oci-layout', 'index.json', 'blobs']);
    await rename(whole, tarPath);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const mediaType = (kind: string) => `application/vnd.oci.image.${kind}`;
const descriptor = (kind: string, { digest, size }: Blob) => ({
  mediaType: mediaType(kind),
  digest: `sha256:${digest}`,
  size,
});
const architecture = ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch];

/** Layers are not compressed, so a layer's digest is its diff id. */
export function imageConfig(image: ImageSpec, layers: Blob[]): object {
  const diffIds = layers.map(({ digest }) => `sha256:${digest}`);
  return { architecture, os: 'linux', config: image.config, rootfs: { type: 'layers', diff_ids: diffIds } };
}

export function imageManifest(config: Blob, layers: Blob[]): object {
  return {
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config: descriptor('config.v1+json', config),
    layers: layers.map((layer) => descriptor('layer.v1.tar', layer)),
  };
}

export function indexEntry(name: string, manifest: Blob): object {
  const platform = { architecture, os: 'linux' };
  return {
    ...descriptor('manifest.v1+json', manifest),
    platform,
    annotations: { 'io.containerd.image.name': name },
  };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** GNU tar with everything fixed that differs between machines and runs. */
async function tar(file: string, args: string[]): Promise<void> {
  const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  await finish('tar', ['-cf', file, ...fixed, ...args]);
}

/** The folder `from` as the folder `to` of the image, readable for everyone. */
export function directoryLayer(from: string, to: string): Layer {
  const inside = to.replace(/^\/|\/$/g, '');
  // S: the targets of symbolic links stay as they are.
  const transform = `--transform=s,^\\.,${inside},S`;
  return (file) => tar(file, ['-C', from, transform, '--mode=u=rwX,go=rX', '--hard-dereference', '.']);
}

type Entry = { from: string } | { text: string } | { directory: number };

/** A layer of single things, by path in the image: a file of this machine, a text, or an empty folder with its mode. */
export function filesLayer(entries: Record<string, Entry>): Layer {
  return async (file) => {
    const root = await mkdtemp(`${file}.root-`);
    try {
      for (const [name, entry] of Object.entries(entries)) {
        const target = path.join(root, name);
        await mkdir('directory' in entry ? target : path.dirname(target), { recursive: true });
        if ('from' in entry) await symlink(path.resolve(entry.from), target);
        else if ('text' in entry) await writeFile(target, entry.text);
      }
      await finish('chmod', ['-R', 'u=rwX,go=rX', root]); // Whatever the umask is. It leaves the links' targets alone.
      for (const [name, entry] of Object.entries(entries))
        if ('directory' in entry) await chmod(path.join(root, name), entry.directory);
      await tar(file, ['-C', root, '--dereference', '.']);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  };
}
