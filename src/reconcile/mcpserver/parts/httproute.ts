/** Whether every Gateway has taken the HTTPRoute. */
import type { Finding } from '../../../api/condition.ts';
import { routeUrl, timeoutsOf } from '../../../children/httproute.ts';
import { HTTP_ROUTE } from '../kinds.ts';
import { addressTaken } from './addresstaken.ts';
import { label, no, off, type Part, type View, yes } from './part.ts';

interface RouteParent {
  parentRef?: { name?: string; namespace?: string; sectionName?: string };
  conditions?: (Finding & { observedGeneration?: number })[];
}

export function route(view: View): Part | undefined {
  const { server, settings } = view;
  const { route: wanted } = server.spec;
  if (!wanted) return undefined;
  const type = 'RouteReady';
  const readiness = 'route';
  const disabled = off(view, type, 'route', HTTP_ROUTE);
  if (disabled) return { ...disabled, readiness };
  const target = label(view, HTTP_ROUTE);
  const conflict = view.conflict(HTTP_ROUTE);
  if (conflict?.hosts.left.length === 0) {
    const finding = addressTaken(type, `${target} is not made`, conflict);
    return { finding, readiness, counts: true };
  }
  const object = view.observed(HTTP_ROUTE);
  if (!object) return { finding: no(type, 'Missing', `${target} is not there`), readiness, counts: true };
  const { namespace } = server.metadata;
  const { parents } = (object.status ?? {}) as { parents?: RouteParent[] };
  for (const { name, namespace: its = namespace } of wanted.parentRefs) {
    const gateway = `Gateway ${its}/${name}`;
    const taken = parents?.find(
      ({ parentRef }) => parentRef?.name === name && (parentRef.namespace ?? namespace) === its,
    );
    for (const wish of ['Accepted', 'ResolvedRefs']) {
      const held = taken?.conditions?.find((one) => one.type === wish);
      const current = (held?.observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
      if (held?.status === 'True' && current) continue;
      const finding =
        held && current && held.reason
          ? no(type, held.reason, `${target}: ${gateway} does not take it: ${wordsOf(held, view)}`)
          : no(
              type,
              'NotAccepted',
              `${target}: ${gateway} has not taken it: is it there, and does its controller run?`,
            );
      return { finding, readiness, counts: true };
    }
  }
  const url = routeUrl(server, settings, conflict?.hosts.left);
  if (conflict) {
    const lost = [...conflict.hosts.lost, ...conflict.paths.lost].join(', ');
    const finding = addressTaken(type, `${target} goes without ${lost}`, conflict);
    return { finding, readiness, counts: true, url, serves: true };
  }
  const finding = yes(type, 'Accepted', `${target}: every Gateway has taken it`);
  return { finding, readiness, counts: true, url };
}

/** What the Gateway says; and where it refuses time limits, which few have asked for, how to leave them out. */
function wordsOf({ reason, message }: Finding, { server, settings }: View): string {
  const words = message || reason;
  if (reason !== 'UnsupportedValue' || !/timeout/i.test(words) || !timeoutsOf(server, settings)) return words;
  const forAll = server.spec.route?.timeouts
    ? ''
    : '; the setting MCP_ROUTE_REQUEST_TIMEOUT, left empty, does so for every server';
  return `${words.replace(/\.$/, '')}. Set route.timeouts to {}, which leaves them out${forAll}`;
}
