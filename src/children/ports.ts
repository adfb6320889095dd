/** Names of the ports, by which Service, probes and monitors refer to them, so that a new number rolls in without a gap. */

/** The port that serves MCP. */
export const MCP_PORT = 'mcp';
/** The port that serves metrics, where it is another. */
export const METRICS_PORT = 'metrics';
