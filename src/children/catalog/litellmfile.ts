/**
 * LiteLLM's servers as a file for its `include:`. It has `mcp_servers` and nothing else, for of two files that have it LiteLLM
 * takes the later one alone.
 *
 * The YAML is written here: the values are strings and lists of them, of which those that need no quotes have none, for a
 * ConfigMap's data stands in an annotation once more, with each quote escaped; and a thousand servers take milliseconds. Of
 * `mcp_info` it has the source alone: whose a server is need be known where others write beside us, which is the API.
 */
import type { LiteLLMServer } from './litellm.ts';

/** What YAML 1.1 reads as a string without quotes: it begins with a letter, and has no sign that means anything. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$|^https?:\/\/[A-Za-z0-9_./-]+(:[0-9]+)?[A-Za-z0-9_./-]*$/;
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i;

/**
 * @param servers each with a name of its own, in the order in which they are to stand.
 * @returns the text of the file.
 */
export function liteLLMFile(servers: readonly LiteLLMServer[]): string {
  if (servers.length === 0) return 'mcp_servers: {}\n';
  const lines = ['mcp_servers:'];
  for (const {
    name,
    credential,
    mcp_info: { source },
    ...fields
  } of servers) {
    lines.push(`  ${scalar(name)}:`);
    if (credential !== undefined) lines.push(`    authentication_token: os.environ/${credential}`);
    for (const [field, value] of Object.entries(fields)) {
      lines.push(`    ${field}: ${Array.isArray(value) ? list(value) : scalar(value)}`);
    }
    lines.push(`    mcp_info: { source: ${scalar(source)} }`);
  }
  return `${lines.join('\n')}\n`;
}

/** @returns how many servers a file of ours has. */
export function serversIn(text: string): number {
  return text.match(/^ {2}\S/gm)?.length ?? 0;
}

function list(values: readonly string[]): string {
  // Within brackets a comma or a colon would mean something, quoted or not is a matter of each value.
  return `[${values.map((one) => (one.includes(':') ? JSON.stringify(one) : scalar(one))).join(', ')}]`;
}

/** JSON strings are YAML's, as long as every character is one that YAML lets stand as it is. */
function scalar(value: string): string {
  return PLAIN.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
}
