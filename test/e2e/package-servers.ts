/** Servers that no one here wrote, as their registries have them. */
import type { MCPServerSpec } from '../../src/api/mcpserver.ts';
import type { Package } from '../../src/api/package.ts';

export interface Stranger {
  spec: Partial<MCPServerSpec> & { package: Package };
  tools: { count: number; one: string };
  /** Of a tool that asks nobody outside, which is the one above: what it is given, and what its answer matches. */
  call?: { arguments: Record<string, unknown>; answer: RegExp };
  /** The eras that it speaks where the bridge does not speak for it; both where absent. */
  speaks?: string[];
  /** Whether it is looked at every time, and not only with all of them. */
  inGate?: true;
}

/** What was published later is not installed, so that what was seen once is seen again. */
const UNTIL = '2026-11-29T00:00:00Z';

type More = Partial<MCPServerSpec>;

const npm = (name: string, version: string, more: More = {}) => ({
  ...more,
  package: { npm: name, version },
  env: [{ name: 'NPM_CONFIG_BEFORE', value: UNTIL }],
});
const pypi = (name: string, version: string, more: More = {}, until = UNTIL) => ({
  ...more,
  package: { pypi: name, version },
  env: [{ name: 'UV_EXCLUDE_NEWER', value: until }, ...(more.env ?? [])],
});

/** By the names that their MCPServers have. */
export const STRANGERS: Record<string, Stranger> = {
  everything: {
    spec: npm('@modelcontextprotocol/server-everything', '2026.8.31'),
    tools: { count: 13, one: 'echo' },
    call: { arguments: { message: 'hello' }, answer: /Echo: hello/ },
    inGate: true,
  },
  context: {
    spec: npm('@upstash/context7-mcp', '4.1.1', {
      transport: 'http',
      port: 3000,
      args: ['--transport', 'http', '--port', '3000'],
    }),
    tools: { count: 2, one: 'resolve-library-id' },
    inGate: true,
  },
  time: {
    spec: pypi('mcp-server-time', '2026.10.19'),
    tools: { count: 2, one: 'get_current_time' },
    call: { arguments: { timezone: 'Etc/UTC' }, answer: /UTC/ },
    inGate: true,
  },
  weather: {
    // Its only command has another name, and it does not start with the SDK's second version, which it allows.
    spec: pypi('mcp-weather-server', '0.6.1', {}, '2026-02-01T00:00:00Z'),
    tools: { count: 8, one: 'get_current_datetime' },
    inGate: true,
  },
  filesystem: {
    spec: npm('@modelcontextprotocol/server-filesystem', '2026.8.31', { args: ['/tmp'] }),
    tools: { count: 14, one: 'list_allowed_directories' },
    call: { arguments: {}, answer: /\/tmp/ },
  },
  memory: {
    spec: npm('@modelcontextprotocol/server-memory', '2026.8.31'),
    tools: { count: 9, one: 'read_graph' },
    call: { arguments: {}, answer: /entities/ },
  },
  thinking: {
    spec: npm('@modelcontextprotocol/server-sequential-thinking', '2026.8.31'),
    tools: { count: 1, one: 'sequentialthinking' },
    call: {
      arguments: { thought: 'so', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
      answer: /thoughtNumber/,
    },
  },
  playwright: { spec: npm('@playwright/mcp', '0.0.83'), tools: { count: 25, one: 'browser_navigate' } },
  fetch: { spec: pypi('mcp-server-fetch', '2026.10.24'), tools: { count: 1, one: 'fetch' } },
  wikipedia: {
    spec: pypi('wikipedia-mcp', '2.0.1', {
      transport: 'http',
      args: ['--transport', 'http', '--host', '0.0.0.0', '--port', '8080'],
    }),
    tools: { count: 22, one: 'search_wikipedia' },
  },
  duckduckgo: { spec: pypi('duckduckgo-mcp-server', '0.7.0'), tools: { count: 3, one: 'search' } },
};

/** Those of which there is more to tell. */
export const TALES: Record<'arxiv' | 'git', Stranger> = {
  // It allows no host but loopback, until it is told.
  arxiv: {
    spec: pypi('arxiv-mcp-server', '0.8.2', {
      transport: 'http',
      env: [
        { name: 'TRANSPORT', value: 'http' },
        { name: 'HOST', value: '0.0.0.0' },
        { name: 'PORT', value: '8080' },
        { name: 'ALLOWED_HOSTS', value: 'arxiv.default.svc.cluster.local' },
      ],
    }),
    tools: { count: 19, one: 'search_papers' },
    speaks: ['MCP 2025-11-25'],
  },
  git: { spec: pypi('mcp-server-git', '2026.10.19'), tools: { count: 12, one: 'git_status' } },
};

/** @param more what its spec has instead. */
export function manifestOf(name: string, { spec }: Stranger, more: More = {}): object {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default' },
    spec: { ...spec, pod: { terminationGracePeriodSeconds: 5 }, ...more },
  };
}
