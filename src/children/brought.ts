/** What init containers of the operator bring to a server's container: each has the name of its volume, and a place. */

/** The bridge in front of a server that speaks stdio. */
export const BRIDGE = 'mcp-bridge';
export const BRIDGE_PATH = '/bridge';
/** A server that is a package. */
export const PACKAGE = 'mcp-package';
export const PACKAGE_PATH = '/package';
