/**
 * `.vscode/mcp.json` of VS Code: https://code.visualstudio.com/docs/copilot/reference/mcp-configuration. It asks for the
 * value of an input once and keeps it safe.
 */
import type { Entry } from '../../api/entry.ts';
import {
  byKey,
  type ClientHeader,
  type ClientServer,
  clientServers,
  remoteHeaders,
} from './clientservers.ts';

/** @returns the file for a whole catalog. */
export function vscode(entries: readonly Entry[]) {
  return vscodeFile(clientServers(entries));
}

export function vscodeFile(servers: readonly ClientServer[]) {
  const inputs = servers.flatMap(({ key, headers }) => headers.map((header) => inputOf(key, header)));
  return { servers: byKey(servers, vscodeEntry), ...(inputs.length > 0 && { inputs }) };
}

function vscodeEntry({ url, transport, headers }: ClientServer) {
  return { type: transport, url, ...remoteHeaders(headers, (header) => `\${input:${idOf(header)}}`) };
}

function inputOf(key: string, header: ClientHeader) {
  const description = `MCP server ${key}: ${header.what}`;
  return { type: 'promptString', id: idOf(header), description, password: true };
}

function idOf({ variable }: ClientHeader): string {
  return variable.toLowerCase();
}
