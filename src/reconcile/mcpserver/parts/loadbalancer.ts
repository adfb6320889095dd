/** Whether the Service of type LoadBalancer has a load balancer that clients reach. */
import { BALANCER_CLASS } from '../../../children/identity.ts';
import { loadBalancerUrl } from '../../../children/service.ts';
import { isAffine } from '../../../children/sessions.ts';
import type { KubernetesObject } from '../../contract.ts';
import { SERVICE } from '../kinds.ts';
import { addressesOf, label, no, type Part, type View, yes } from './part.ts';

export function loadBalancer(view: View): Part | undefined {
  const { server } = view;
  if (server.spec.service?.type !== 'LoadBalancer') return undefined;
  const type = 'LoadBalancerReady';
  const part = { readiness: 'loadBalancer', counts: true } as const;
  const target = label(view, SERVICE);
  const object = view.observed(SERVICE);
  // ServiceReady tells of it already.
  if (!object) {
    return {
      ...part,
      finding: { type, status: 'Unknown', reason: 'Missing', message: `${target} is not there` },
    };
  }
  const wanted = server.spec.service.loadBalancerClass;
  const refusal = classRefusal(object, wanted);
  if (refusal) return { ...part, finding: no(type, 'ClassCannotChange', `${target}: ${refusal}`) };
  const [given] = addressesOf(object);
  if (given === undefined) {
    const who = wanted === undefined ? 'Services of type LoadBalancer' : `the class ${wanted}`;
    const affinity = isAffine(server) ? '. AWS, OCI and others make none with sessionAffinity ClientIP' : '';
    const message = `${target}: no load balancer with an address yet: does a controller for ${who} run? The events of the Service say what it lacks${affinity}`;
    return { ...part, finding: no(type, 'NoAddress', message) };
  }
  const finding = yes(type, 'Served', `${target}: served at ${given}`);
  return { ...part, finding, url: loadBalancerUrl(server, given) };
}

/** What the API server has against the class that is asked for. */
function classRefusal({ spec, metadata }: KubernetesObject, wanted: string | undefined): string | undefined {
  const { type, loadBalancerClass: present } = spec as { type?: string; loadBalancerClass?: string };
  if (type !== 'LoadBalancer' || present === wanted) return undefined;
  // Webhooks of clouds put one where none is asked for. Only what was asked for before would be taken away now.
  if (wanted === undefined && present !== metadata.annotations?.[BALANCER_CLASS]) return undefined;
  return `loadBalancerClass cannot change from ${present ?? 'none'} to ${wanted ?? 'none'} while the Service is there, and the API server refuses every other change with it. Set service.loadBalancerClass back, or delete the Service: it is made again, with a new load balancer and address`;
}
