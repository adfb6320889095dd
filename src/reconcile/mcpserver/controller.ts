/** MCPServer as the hook, the engine and the manifests know it. */
import { type MCPServer, mcpServerResource } from '../../api/mcpserver.ts';
import type { Controller } from '../contract.ts';
import { admit, admitScale } from './admit.ts';
import { CHILDREN } from './children.ts';
import { customize } from './customize.ts';
import { prepare, render, validator } from './prepare.ts';
import { sync } from './sync.ts';

export const mcpServerController: Controller = {
  parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', resource: 'mcpservers' },
  children: CHILDREN,
  resource: mcpServerResource,
  check: (object, settings) => {
    const parent = validator.withDefaults(object);
    const { problems, breaches } = prepare(parent as unknown as MCPServer, settings);
    return { parent, problems: [...problems, ...breaches], unknown: validator.unknownFields(parent) };
  },
  render: (parent, settings) => render(parent as unknown as MCPServer, settings),
  admit,
  admitScale,
  customize,
  sync,
};
