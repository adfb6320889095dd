/**
 * The labels by which servers with the same public address find each other: relating every server to every other would be
 * quadratic. The same host and path in another namespace has the same label.
 */
import { hash } from 'node:crypto';
import { GROUP } from '../api/mcpserver.ts';

const PREFIX = `address.${GROUP}/`;

/**
 * @param hosts those that are served; none is every host.
 * @returns a label for each host with each path.
 */
export function addressLabels(hosts: readonly string[], ...paths: readonly string[]): Record<string, string> {
  const all = hosts.length > 0 ? hosts : [''];
  const keys = all.flatMap((host) => paths.map((path) => addressKey(host, path)));
  return Object.fromEntries(keys.map((key) => [key, '']));
}

/** @returns the key of the label of an address. */
export function addressKey(host: string, path: string): string {
  // A label's key has 63 characters behind its prefix, and half a digest is far from meeting another.
  return PREFIX + hash('sha256', `${host} ${stemOf(path)}`).slice(0, 32);
}

/** To what serves them, /mcp and /mcp/ are one. */
export function stemOf(path: string): string {
  return path.replace(/(.)\/+$/, '$1');
}

/** What of an Ingress or an HTTPRoute says where it is served. */
interface Front {
  hostnames?: string[];
  rules?: {
    host?: string;
    http?: { paths?: { path?: string }[] };
    matches?: { path?: { value?: string } }[];
  }[];
}

/** @returns hosts and paths, rule by rule; no host is every host. */
function placesOf({ hostnames = [], rules = [] }: Front): { hosts: string[]; paths: string[] }[] {
  return rules.map(({ host, http, matches = [] }) => ({
    hosts: host ? [host] : hostnames,
    paths: [
      ...(http?.paths ?? []).map(({ path = '/' }) => path),
      ...matches.map(({ path }) => path?.value ?? '/'),
    ],
  }));
}

/**
 * @param spec of an Ingress or an HTTPRoute.
 * @returns the keys of the labels that it should have: whoever may edit one in a namespace of theirs may label it as another's.
 */
export function addressesServed(spec: Front | undefined): Set<string> {
  const places = placesOf(spec ?? {});
  return new Set(places.flatMap(({ hosts, paths }) => Object.keys(addressLabels(hosts, ...paths))));
}

/** What of the addresses of a server others have, and what is left to it. */
export interface Division {
  hosts: { left: string[]; lost: string[] };
  paths: { left: string[]; lost: string[] };
}

/**
 * A host is lost with the main path: further ones are of no use without it. A further path that another has at one of the hosts
 * that are left is lost at all of them, for a route has one list of hosts.
 *
 * @param specs of the Ingresses, or of the route, of one server, the main path first.
 * @param taken the keys of the labels of addresses that others have.
 */
export function divide(specs: readonly Front[], taken: { has(key: string): boolean }): Division {
  const places = specs.flatMap(placesOf);
  const named = places[0]?.hosts ?? [];
  const hosts = named.length > 0 ? named : [''];
  const [main = '/', ...further] = places.flatMap(({ paths }) => paths);
  const isLost = (host: string) => taken.has(addressKey(host, main));
  const left = hosts.filter((host) => !isLost(host));
  const isFree = (path: string) => left.every((host) => !taken.has(addressKey(host, path)));
  return {
    hosts: { left, lost: hosts.filter(isLost) },
    paths: { left: [main, ...further.filter(isFree)], lost: further.filter((path) => !isFree(path)) },
  };
}

/** @returns labels with those of these addresses in the place of those of others. */
export function relabelled(
  labels: Record<string, string>,
  hosts: readonly string[],
  paths: readonly string[],
): Record<string, string> {
  const others = Object.entries(labels).filter(([key]) => !key.startsWith(PREFIX));
  return { ...Object.fromEntries(others), ...addressLabels(hosts, ...paths) };
}

/** @returns the keys of such labels on an object. */
export function addressesOn(labels: Record<string, string> = {}): string[] {
  return Object.keys(labels).filter((key) => key.startsWith(PREFIX));
}
