/**
 * One server as a catalog publishes it, whether it is an MCPServer of the cluster or a remote one that the catalog names.
 * Every document that a catalog writes is made from a list of these, and from nothing else.
 */

/** How a client of the server shows who it is. The value stays in its Secret: no document ever has it. */
export interface EntryAuth {
  /**
   * What becomes of the Secret's value `v` on the wire: `Bearer`: `Authorization: Bearer v`; `ApiKey`: `x-api-key: v`;
   * `Basic`: `Authorization: Basic base64(v)`; `Authorization`: `Authorization: v`.
   */
  type: 'Bearer' | 'ApiKey' | 'Basic' | 'Authorization';
  /** In the catalog's namespace. */
  secret: { name: string; key: string };
}

export interface Entry {
  /** That of the MCPServer; absent for a remote server. */
  namespace?: string;
  /** That of the MCPServer, or of the entry of `servers`: unique together with the namespace. */
  name: string;
  /** Of the MCPServer; absent for a remote server. */
  uid?: string;
  /** When the MCPServer was created, RFC 3339: of two that want one name the older has it. Absent for a remote server. */
  created?: string;
  /** Where clients within the cluster speak MCP with it, path included; of a remote server, where everybody does. */
  url: string;
  /** Where clients outside the cluster do; absent where they cannot. */
  publicUrl?: string;
  transport: 'http' | 'sse';
  /** For people; absent where nobody gave one. */
  title?: string;
  description?: string;
  /** Of the server, as it says itself or else as its image is tagged. */
  version?: string;
  /** Groups that may use it; none: nobody is let in by this. In order, each once. */
  allowedUserGroups: string[];
  /** Tools that may be used; none: all. In order, each once. */
  allowedTools: string[];
  /** Of remote servers alone. */
  auth?: EntryAuth;
}
