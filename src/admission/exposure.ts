/** Addresses that could not work, and peers that the API server refuses. */
import { isIP } from 'node:net';
import { NO_RANGE, rangeOf } from '../api/cidr.ts';
import type { Peer } from '../api/exposure.ts';
import type { Problem } from '../api/problem.ts';
import { stemOf } from '../children/address.ts';
import { routePath, routeRewrites } from '../children/httproute.ts';
import { ingressHost, ingressPath, needsRewrite } from '../children/ingress.ts';
import { classOf, familyOf } from '../children/ingressclass.ts';
import { covers, pathOf } from '../children/paths.ts';
import { invalid, type Rule, required } from './rule.ts';

/** Without a host, the path alone tells one server from another. */
export const ingressHasAddress: Rule = (server, settings) => {
  const { ingress } = server.spec;
  if (!ingress) return [];
  const host = ingressHost(server, settings);
  if (isIP(host)) return [invalid(['ingress', 'host'], host, 'must be a name, not an address')];
  if (host || ingress.publicPathPrefix !== undefined) return [];
  return [
    required(
      ['ingress', 'host'],
      'host or publicPathPrefix; the setting MCP_DEFAULT_INGRESS_HOST names no host',
    ),
  ];
};

export const ingressPathLeadsToServer: Rule = (server) => {
  const { path } = server.spec.ingress ?? {};
  if (path === undefined || covers(path, pathOf(server))) return [];
  const detail = `must be the server's path, ${pathOf(server)}, or a part of it from the left; publicPathPrefix gives another one`;
  return [invalid(['ingress', 'path'], path, detail)];
};

export const ingressCanRewrite: Rule = (server, settings) => {
  const { ingress, transport } = server.spec;
  if (ingress?.publicPathPrefix === undefined) return [];
  const refuse = (detail: string) => [
    invalid(['ingress', 'publicPathPrefix'], ingress.publicPathPrefix, detail),
  ];
  if (transport === 'sse') {
    return refuse('a server over sse tells clients a second path that a prefix would hide: give it a host');
  }
  if (!needsRewrite(server)) return [];
  const family = familyOf(server, settings);
  if (family === 'traefik' || family === 'nginx') return [];
  const name = classOf(server, settings) || "the cluster's default";
  return refuse(
    `the class ${name} has no known way to rewrite ${ingressPath(server)} to ${pathOf(server)}: let the server serve there (path), or take traefik, nginx or a route`,
  );
};

export const routeCanRewrite: Rule = (server) => {
  const { route, transport } = server.spec;
  if (transport !== 'sse' || !routeRewrites(server)) return [];
  const detail = `a server over sse tells clients a second path that this one would hide: take /, or a part of ${pathOf(server)} from the left`;
  return [invalid(['route', 'path'], route!.path, detail)];
};

/** To what serves them, /a and /a/ are one. */
export const publicPathsDiffer: Rule = (server) => {
  const main = { ingress: ingressPath(server), route: routePath(server) };
  return (['ingress', 'route'] as const).flatMap((front) => {
    const seen = new Map([[stemOf(main[front]), 'the public path of MCP']]);
    return (server.spec[front]?.extraPaths ?? []).flatMap((path, index): Problem[] => {
      const before = seen.get(stemOf(path));
      seen.set(stemOf(path), `extraPaths[${index}]`);
      return before
        ? [invalid([front, 'extraPaths', index], path, `is ${before} already: take it away`)]
        : [];
    });
  });
};

/** Dynamic apply tells Gateways by their ports where all of them have one, so that of two with the same one is lost. */
export const gatewayPortsDiffer: Rule = ({ spec }) => {
  const parents = spec.route?.parentRefs ?? [];
  if (parents.some(({ port }) => port === undefined)) return [];
  const holders = new Map<number, string>();
  return parents.flatMap(({ name, port }, index): Problem[] => {
    const holder = holders.get(port!);
    holders.set(port!, holder ?? name);
    if (holder === undefined) return [];
    const detail = `is the port of the Gateway ${holder} already: name the listener by its sectionName instead`;
    return [invalid(['route', 'parentRefs', index, 'port'], port, detail)];
  });
};

export const sourceRangesAreRanges: Rule = ({ spec }) =>
  (spec.service?.loadBalancerSourceRanges ?? []).flatMap((text, index) =>
    rangeOf(text) ? [] : [invalid(['service', 'loadBalancerSourceRanges', index], text, NO_RANGE)],
  );

/** In the form in which the API server wants them: no bit of a host set, and exceptions within their range. */
export const rangesAreRanges: Rule = ({ spec: { networkPolicy } }) => {
  const lists: [place: string[], peers: readonly Peer[] | undefined][] = [
    [['ingressFrom'], networkPolicy?.ingressFrom],
    [['egressTo'], networkPolicy?.egressTo],
    [['dns', 'peers'], networkPolicy?.dns?.peers],
  ];
  return lists.flatMap(([place, peers = []]) =>
    peers.flatMap(({ ipBlock }, index): Problem[] => {
      if (!ipBlock) return [];
      const path = ['networkPolicy', ...place, index, 'ipBlock'];
      const range = rangeOf(ipBlock.cidr);
      if (!range) return [invalid([...path, 'cidr'], ipBlock.cidr, NO_RANGE)];
      return (ipBlock.except ?? []).flatMap((text, at): Problem[] => {
        const except = rangeOf(text);
        if (!except) return [invalid([...path, 'except', at], text, NO_RANGE)];
        const within =
          except[0].kind() === range[0].kind() && except[1] > range[1] && except[0].match(range[0], range[1]);
        return within ? [] : [invalid([...path, 'except', at], text, `must lie within ${ipBlock.cidr}`)];
      });
    }),
  );
};
