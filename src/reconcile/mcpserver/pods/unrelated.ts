/** Where to look for what pods say, where the settings do not have them related. */
import type { MCPServer } from '../../../api/mcpserver.ts';
import { selectorOf } from '../../../children/identity.ts';
import type { PodReport } from './report.ts';

/** It is told at once and stays the same, so that it is no write of its own. */
export function reportOfUnrelated(server: MCPServer): PodReport {
  const [selector] = Object.entries(selectorOf(server)).map(([key, value]) => `${key}=${value}`);
  const command = `kubectl describe pods -n ${server.metadata.namespace} -l ${selector}`;
  const message = `${command} says what they wait for (the operator's setting MCP_RELATE_PODS is false)`;
  return { trouble: { reason: 'Unavailable', message }, lookAgainAfter: undefined };
}
