/** The methods of MCP that clients ask for, in any of its revisions. */

/** https://modelcontextprotocol.io/specification/2025-11-25/schema and its successor. */
export const SERVED_METHODS = [
  'initialize',
  'ping',
  'completion/complete',
  'logging/setLevel',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
] as const;

/** What 2026-07-28 took away. */
export const REMOVED_METHODS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/** Whose results say in 2026-07-28 how long they may be kept. */
export const CACHEABLE_METHODS: ReadonlySet<string> = new Set([
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'tools/list',
]);

/** What a server tells of changes, and what subscribes to it in `subscriptions/listen`. */
export const CHANGES: Readonly<Record<string, { wanted: string; capability: string }>> = {
  'notifications/tools/list_changed': { wanted: 'toolsListChanged', capability: 'tools' },
  'notifications/prompts/list_changed': { wanted: 'promptsListChanged', capability: 'prompts' },
  'notifications/resources/list_changed': { wanted: 'resourcesListChanged', capability: 'resources' },
};
export const RESOURCE_UPDATED = 'notifications/resources/updated';
/** Which header mirrors which parameter: `Mcp-Name`. */
export const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};
