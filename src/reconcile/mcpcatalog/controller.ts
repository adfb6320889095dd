/** MCPCatalog as the hook, the engine and the manifests know it. */
import { ratchet } from '../../admission/ratchet.ts';
import { mcpCatalogResource } from '../../api/mcpcatalog.ts';
import type { Controller } from '../contract.ts';
import { ENTRY } from '../mcpserver/kinds.ts';
import { customize, validator } from './customize.ts';
import { CHILDREN } from './kinds.ts';
import { render } from './render.ts';
import { sync } from './sync.ts';

export const mcpCatalogController: Controller = {
  parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPCatalog', resource: 'mcpcatalogs' },
  feature: ENTRY.feature!,
  children: CHILDREN,
  resource: mcpCatalogResource,
  check: (object) => {
    const parent = validator.withDefaults(object);
    return { parent, problems: validator.validate(parent), unknown: validator.unknownFields(parent) };
  },
  render,
  admit: (object, before, { features }) => {
    const problemsOf = (one: typeof object) => validator.validate(validator.withDefaults(one));
    const { brought, left } = ratchet(problemsOf(object), before ? problemsOf(before) : []);
    const idle = features.has(ENTRY.feature!)
      ? []
      : [
          {
            path: ['spec'],
            detail:
              "the operator's FEATURES lack catalogs, so nothing is published: add it there, or ask whoever runs the operator",
          },
        ];
    return { problems: brought, warnings: [...left, ...(brought.length > 0 ? [] : idle)] };
  },
  // It has no such subresource.
  admitScale: () => ({ problems: [], warnings: [] }),
  customize,
  sync,
};
