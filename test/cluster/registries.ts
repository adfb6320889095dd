/**
 * A mirror of the registries of npm and PyPI, which forwards: for pods of the real node, which reach nothing outside it. It
 * keeps nothing. What a registry answers names files wherever they are, so those addresses lead through the mirror too.
 */
import type http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { npmRegistry } from './npm-settings.ts';
import { finish } from './process.ts';

/** Where a registry is, and what it wants to know of who asks. */
export interface Registry {
  /** Without credentials, with a slash at the end. */
  url: string;
  authorization?: string | undefined;
}

export interface Registries {
  npm: Registry;
  /** An index as pip and uv have it. https://packaging.python.org/en/latest/specifications/simple-repository-api/ */
  pypi: Registry;
}

/** Where the address of a file stands in what each of them answers: in JSON, and in a page of HTML. */
const FILES: Record<keyof Registries, RegExp> = {
  npm: /("tarball": ?")([^"]+)/g,
  pypi: /("url": ?"|href=")([^"]+)/g,
};

/** What of a question and of an answer is passed on. */
const ASKED = ['accept', 'range'] as const;
const ANSWERED = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag'];

/**
 * The registries that npm and pip of this machine are set to. From here on this process trusts whom npm trusts.
 */
export async function registriesOfThisMachine(): Promise<Registries> {
  const { cafile, ...npm } = await npmRegistry();
  if (cafile) setDefaultCACertificates([...getCACertificates('default'), cafile]);
  return { npm, pypi: await pypiIndex() };
}

async function pypiIndex(): Promise<Registry> {
  const { UV_DEFAULT_INDEX, UV_INDEX_URL, PIP_INDEX_URL } = process.env;
  const ask = () =>
    finish('pip3', ['config', 'get', 'global.index-url'], { allowFailure: true }).then(
      ({ code, stdout }) => (code === 0 ? stdout.trim() : ''),
      () => '', // Without pip nothing is set.
    );
  const set = UV_DEFAULT_INDEX || UV_INDEX_URL || PIP_INDEX_URL || (await ask());
  return registry(set || 'https://pypi.org/simple');
}

/** @param address may have a name and a password, which `fetch` refuses. */
export function registry(address: string): Registry {
  const url = new URL(address.replace(/\/*$/, '/'));
  const { username, password } = url;
  const names = [username, password].map(decodeURIComponent).join(':');
  url.username = url.password = '';
  return { url: url.href, ...(names !== ':' && { authorization: `Basic ${btoa(names)}` }) };
}

/**
 * @returns what serves `/npm/` and `/pypi/`, the two registries, and `/files/`, the files that they name.
 */
export function mirrorOf(registries: Registries): http.RequestListener {
  /** Origins of files: whoever asks for others would have found an open proxy. */
  const named = new Set<string>();
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const [, part = '', rest = ''] = /^\/(npm|pypi|files)\/(.*)$/.exec(request.url ?? '') ?? [];
    if (!['GET', 'HEAD'].includes(request.method ?? '') || part === '') return response.writeHead(404).end();
    if (part === 'files') {
      const url = new URL(rest.replace('/', '://'));
      if (!named.has(url.origin)) return response.writeHead(404).end();
      const owner = Object.values(registries).find((one) => new URL(one.url).origin === url.origin);
      const file = await ask(request, url, owner?.authorization);
      response.writeHead(file.status, headersOf(file));
      return file.body ? pipeline(Readable.fromWeb(file.body), response) : response.end();
    }
    const { url, authorization } = registries[part as keyof Registries];
    const page = await ask(request, new URL(rest, url), authorization);
    const through = (_: string, before: string, address: string) => {
      const { protocol, host, origin, pathname, search, hash } = new URL(address, page.url);
      named.add(origin);
      return `${before}http://${request.headers.host}/files/${protocol.slice(0, -1)}/${host}${pathname}${search}${hash}`;
    };
    const text = (await page.text()).replace(FILES[part as keyof Registries], through);
    const { 'content-length': _, ...headers } = headersOf(page);
    return response.writeHead(page.status, headers).end(text);
  };
  return (request, response) => {
    answer(request, response).catch((error: Error) => {
      if (response.destroyed) return; // Whoever asked has gone.
      console.error(`${request.url}: ${error.message}`, error.cause ?? '');
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
  };
}

function ask(request: http.IncomingMessage, url: URL, authorization: string | undefined): Promise<Response> {
  const headers = Object.fromEntries(
    ASKED.map((name) => [name, request.headers[name] ?? '']).filter(([, value]) => value),
  );
  return fetch(url, {
    method: request.method!,
    headers: { ...headers, 'accept-encoding': 'identity', ...(authorization && { authorization }) },
  });
}

function headersOf({ headers }: Response): Record<string, string> {
  const given = [...headers].filter(([name]) => ANSWERED.includes(name));
  // Where it came packed all the same it has been unpacked since.
  return Object.fromEntries(
    given.filter(([name]) => name !== 'content-length' || !headers.has('content-encoding')),
  );
}
