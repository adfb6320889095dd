/** npm as this machine is set up, for builds in containers: registry, credentials, proxy and certificates of whoever runs them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { getCACertificates } from 'node:tls';
import { finish } from './process.ts';

/** What of the settings in force holds in a container too, apart from what belongs to one registry. */
const KEYS = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'];

/**
 * Writes them to a folder.
 * @returns what has to be mounted where, for the npm of an image whose Node is in /usr/local. None of it is copied.
 */
export async function npmSettings(folder: string): Promise<Record<string, string>> {
  const found = await asked([...KEYS, 'cafile', 'cache', 'globalconfig', 'userconfig']);
  const files = await Promise.all([found.globalconfig, found.userconfig].map((file) => textOf(file)));
  const npmrc = [
    ...files.flatMap(ofRegistries),
    ...KEYS.filter((key) => found[key]).map((key) => `${key}=${found[key]}`),
    'cafile=/usr/local/etc/ca.pem',
    'cache=/var/cache/npm',
    // What the machine has, it need not ask for again.
    'prefer-offline=true',
    'update-notifier=false',
  ];
  await writeFile(path.join(folder, 'npmrc'), `${npmrc.join('\n')}\n`);
  // With a file of its own npm trusts no other.
  const authorities = [...getCACertificates('default'), await textOf(found.cafile)];
  await writeFile(path.join(folder, 'ca.pem'), `${authorities.join('\n')}\n`);
  await mkdir(found.cache!, { recursive: true });
  return { [folder]: '/usr/local/etc', [found.cache!]: '/var/cache/npm' };
}

/** @returns the registry that npm is set to, what it is told of who asks, and the certificates that npm trusts besides, PEM. */
export async function npmRegistry(): Promise<{ url: string; authorization?: string; cafile: string }> {
  const found = await asked(['registry', 'cafile', 'globalconfig', 'userconfig']);
  const files = await Promise.all([found.globalconfig, found.userconfig].map((file) => textOf(file)));
  const { host, pathname, href } = new URL(found.registry!.replace(/\/*$/, '/'));
  const given = `//${host}${pathname}:_authToken=`;
  const token = files.flatMap(ofRegistries).find((line) => line.startsWith(given));
  return {
    url: href,
    cafile: await textOf(found.cafile),
    ...(token && { authorization: `Bearer ${token.slice(given.length)}` }),
  };
}

async function asked(keys: string[]): Promise<Record<string, string>> {
  const { stdout } = await finish('npm', ['config', 'get', ...keys]);
  return Object.fromEntries(
    stdout.split('\n').map((line) => {
      const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(line) ?? [];
      return [key, value === 'null' ? '' : value];
    }),
  );
}

/** Lines about single registries, credentials among them, which npm does not tell. Variables are those of this machine. */
function ofRegistries(npmrc: string): string[] {
  const lines = npmrc.split('\n').filter((line) => /^\s*(\/\/|@)/.test(line));
  return lines.map((line) => line.replace(/\$\{(\w+)\}/g, (all, name: string) => process.env[name] ?? all));
}

async function textOf(file: string | undefined): Promise<string> {
  return file ? readFile(file, 'utf8').catch(() => '') : '';
}
