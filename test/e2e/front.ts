/** What serves the addresses that suites expose: Traefik as ingress controller and Gateway, and the operator that counts on it. */
import { connectTo } from '../cluster/addons/connect-to.ts';
import { startTraefik, TRAEFIK_CLASS, type Traefik } from '../cluster/addons/traefik.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { apply } from './look.ts';
import { startDev } from './operator.ts';

export interface Front {
  traefik: Traefik;
  /** Reaches any host of Traefik's, in the clear. */
  web: typeof fetch;
}

export async function startFront(cluster: Cluster): Promise<Front> {
  const traefik = await startTraefik(cluster, { gateway: true, middlewares: true });
  await startDev(cluster, { FEATURES: 'httproutes,backendtlspolicies,middlewares' });
  await apply(cluster, gateway(80));
  return { traefik, web: connectTo((await cluster.forward(traefik.address, traefik.ports.web)).port) };
}

/** @param port by which Traefik listens for plain HTTP, as it knows it. */
export function gateway(port: number): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'default' },
    spec: { gatewayClassName: TRAEFIK_CLASS, listeners: [{ name: 'http', protocol: 'HTTP', port }] },
  };
}

/** `spec.route` of a server with an address at that Gateway. */
export function routeTo(hostname: string): object {
  return { parentRefs: [{ name: 'edge' }], hostnames: [hostname], scheme: 'http' };
}
