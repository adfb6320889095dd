/** Image references: their form, what they name, and when they are pulled. */
import { Type } from '@sinclair/typebox';
import { OneOf } from './schema.ts';

const NAME = '[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*';
const REGISTRY = '[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?';
export const TAG = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
export const IMAGE = `^(${REGISTRY}/)?${NAME}(:${TAG})?(@[a-z0-9]+:[a-f0-9]{32,128})?$`;
/** A registry, perhaps with a path in it under which it mirrors others. */
export const REGISTRY_URL = `^${REGISTRY}(/${NAME})?$`;

export function ImageReference(description: string) {
  return Type.String({
    minLength: 1,
    maxLength: 512,
    pattern: IMAGE,
    description,
    hint: 'an image reference such as ghcr.io/acme/search:1.2.3, its name in lower case',
  });
}

export const PullPolicy = OneOf(['Always', 'IfNotPresent', 'Never'], {
  description: 'Where absent: Always for the tag `latest` or none, IfNotPresent otherwise.',
});

export const DOCKER = 'docker.io';
export const DOCKER_ALIAS = 'index.docker.io';

/** Where an image lies: what a registry, a path in it and a version say. */
export interface Place {
  /** In lower case, with its port. */
  registry: string;
  path: string[];
  tag: string | undefined;
  digest: string | undefined;
}

/** @param image a reference as container runtimes read it: without a registry it is one of `docker.io`. */
export function placeOf(image: string): Place {
  const [named = '', digest] = image.split('@', 2);
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const [first = '', ...rest] = name.split('/');
  // Capitals are not allowed in a folder, so they too tell a registry.
  const isRegistry = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const registry = isRegistry ? first.toLowerCase() : DOCKER;
  const path = isRegistry ? rest : [first, ...rest];
  if (registry !== DOCKER && registry !== DOCKER_ALIAS) return { registry, path, tag, digest };
  return { registry: DOCKER, path: path.length === 1 ? ['library', ...path] : path, tag, digest };
}

/** Whether what a reference names may be another image tomorrow, going by its name. */
export function isMoving(image: string): boolean {
  const { tag, digest } = placeOf(image);
  return digest === undefined && (tag === undefined || tag === 'latest');
}
