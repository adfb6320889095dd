/** MCPCatalog as the hook, the engine and the manifests know it. */
import { ratchet } from '../../admission/ratchet.ts';
import { type MCPCatalog, mcpCatalogResource } from '../../api/mcpcatalog.ts';
import type { Controller } from '../contract.ts';
import { ENTRY } from '../mcpserver/kinds.ts';
import { customize, problemsOf, validator } from './customize.ts';
import { CHILDREN } from './kinds.ts';
import { render } from './render.ts';
import { sync } from './sync.ts';

export const mcpCatalogController: Controller = {
  parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPCatalog', resource: 'mcpcatalogs' },
  feature: ENTRY.feature!,
  children: CHILDREN,
  resource: mcpCatalogResource,
  check: (object, settings) => {
    const parent = validator.withDefaults(object);
    const problems = problemsOf(parent as unknown as MCPCatalog, settings);
    return { parent, problems, unknown: validator.unknownFields(parent) };
  },
  render,
  admit: (object, before, settings) => {
    const judged = (one: typeof object) =>
      problemsOf(validator.withDefaults(one) as unknown as MCPCatalog, settings);
    const { brought, left } = ratchet(judged(object), before ? judged(before) : []);
    const idle = settings.features.has(ENTRY.feature!)
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
