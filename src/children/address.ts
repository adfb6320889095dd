/**
 * The labels by which servers with the same public address find each other: relating every server to every other would be
 * quadratic. The same host and path in another namespace has the same label.
 */
import { hash } from 'node:crypto';
import { GROUP } from '../api/mcpserver.ts';

const PREFIX = `address.${GROUP}/`;

/** @param hosts those that are served; none is every host. */
export function addressLabels(hosts: readonly string[], path: string): Record<string, string> {
  const all = hosts.length > 0 ? hosts : [''];
  // To what serves them, /mcp and /mcp/ are one.
  const stem = path.replace(/(.)\/+$/, '$1');
  // The key of a label has 63 characters behind its prefix, and half a digest is far from meeting another.
  return Object.fromEntries(all.map((host) => [PREFIX + hash('sha256', `${host} ${stem}`).slice(0, 32), '']));
}

interface Front {
  hostnames?: string[];
  rules?: {
    host?: string;
    http?: { paths?: { path?: string }[] };
    matches?: { path?: { value?: string } }[];
  }[];
}

/**
 * @param spec of an Ingress or an HTTPRoute.
 * @returns the keys of the labels that it should have: whoever may edit one in a namespace of theirs may label it as another's.
 */
export function addressesServed(spec: Front | undefined): Set<string> {
  const { hostnames = [], rules = [] } = spec ?? {};
  const labels = rules.flatMap(({ host, http, matches = [] }) => {
    const paths = [
      ...(http?.paths ?? []).map(({ path = '/' }) => path),
      ...matches.map(({ path }) => path?.value ?? '/'),
    ];
    return paths.flatMap((path) => Object.keys(addressLabels(host ? [host] : hostnames, path)));
  });
  return new Set(labels);
}

/** @returns the keys of such labels on an object. */
export function addressesOn(labels: Record<string, string> = {}): string[] {
  return Object.keys(labels).filter((key) => key.startsWith(PREFIX));
}
