/** The patterns of a policy. All of them match whole values, and a `*` never crosses what separates the parts of one. */

import { DOCKER, DOCKER_ALIAS, placeOf } from '../api/image.ts';

/** @param pattern a host, with the beginning of a path or without. */
export function registryMatches(pattern: string, image: string): boolean {
  const { registry, path } = placeOf(image);
  const [host = '', ...segments] = pattern.split('/');
  return (
    hostMatches(host === DOCKER_ALIAS ? DOCKER : host, registry) &&
    segments.length <= path.length &&
    segments.every((segment, at) => glob(segment, '[^/]').test(path[at]!))
  );
}

/**
 * @param pattern `*` for anything, `*.` in front for one or more labels, or the host itself.
 * @param host empty where there is none.
 */
export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  if (!pattern.startsWith('*.')) return pattern === host;
  const parent = pattern.slice(1);
  return host.length > parent.length && host.endsWith(parent);
}

/** Names of Kubernetes objects: `*` is any run of characters. */
export function nameMatches(pattern: string, name: string): boolean {
  return glob(pattern, '.').test(name);
}

export function roleMatches(pattern: string, role: string): boolean {
  return glob(pattern, '[^/:]').test(role);
}

/** @param name such as `npm:@acme/search`. Two names of PyPI that differ in case and separators alone are one package. */
export function packageMatches(pattern: string, name: string): boolean {
  const plain = (one: string) => (one.startsWith('pypi:') ? one.toLowerCase().replace(/[._-]+/g, '-') : one);
  return glob(plain(pattern), '[^/:]').test(plain(name));
}

const compiled = new Map<string, RegExp>();

/** Patterns come from the policy alone, so there are never many. */
function glob(pattern: string, any: string): RegExp {
  const key = `${any} ${pattern}`;
  let found = compiled.get(key);
  if (!found) {
    const parts = pattern.split(/\*+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    found = new RegExp(`^${parts.join(`${any}*`)}$`, 's');
    compiled.set(key, found);
  }
  return found;
}
