/** Image references and when they are pulled. */
import { Type } from '@sinclair/typebox';
import { OneOf } from './schema.ts';

const NAME = '[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*';
const REGISTRY = '[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?';
export const TAG = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
const IMAGE = `^(${REGISTRY}/)?${NAME}(:${TAG})?(@[a-z0-9]+:[a-f0-9]{32,128})?$`;
/** A registry, perhaps with a path in it under which it mirrors others. */
export const REGISTRY_URL = `^${REGISTRY}(/${NAME})?$`;

export function ImageReference(description: string) {
  return Type.String({
    minLength: 1,
    maxLength: 512,
    pattern: IMAGE,
    description,
    hint: 'an image reference such as ghcr.io/acme/search:1.2.3',
  });
}

export const PullPolicy = OneOf(['Always', 'IfNotPresent', 'Never'], {
  description: 'Where absent: Always for the tag `latest` or none, IfNotPresent otherwise.',
});
