/** Where else a server may serve MCP, when it does not where it was expected. */
import type { Place } from './ask.ts';

/** As SDKs and servers have them by default, the commonest first. */
const USUAL: [path: string, transport: Place['transport']][] = [
  ['/mcp', 'http'],
  ['/sse', 'sse'],
  ['/', 'http'],
  ['/mcp/', 'http'],
  ['/mcp/sse', 'sse'],
  ['/message', 'http'],
  ['/messages', 'http'],
  ['/api/mcp', 'http'],
  ['/v1/mcp', 'http'],
];

/** @returns the same path by the other transport, and then the usual ones. */
export function otherPlaces({ url, transport }: Place): Place[] {
  const other = transport === 'http' ? 'sse' : 'http';
  const places: Place[] = [{ url, transport: other }];
  for (const [path, by] of USUAL) {
    const there = new URL(path, url);
    if (there.pathname !== url.pathname) places.push({ url: there, transport: by });
  }
  return places;
}
