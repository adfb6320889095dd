/** What a rule of admission is. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { Problem } from '../api/problem.ts';
import type { Path } from '../api/sites.ts';
import type { RenderSettings } from '../settings.ts';

/** @returns the problems that one rule finds in a server whose structure is right and whose defaults are filled in. */
export type Rule = (server: MCPServer, settings: RenderSettings) => Problem[];

/** A field that says what it cannot. */
export function invalid(path: Path, value: unknown, detail: string): Problem {
  return { path: ['spec', ...path], detail: `Invalid value: ${JSON.stringify(value)}: ${detail}` };
}

/** A field that is not there and has to be. */
export function required(path: Path, detail: string): Problem {
  return { path: ['spec', ...path], detail: `Required value: ${detail}` };
}
