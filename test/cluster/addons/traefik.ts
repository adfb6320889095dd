/** A real ingress controller: Traefik, for Ingress, Gateway API and its own Middlewares. */
import { binaries } from '../binaries.ts';
import type { Cluster } from '../cluster.ts';
import { NODE_ADDRESS } from '../node-files.ts';
import { freePort } from '../ports.ts';
import { traefik } from '../versions.ts';
import { answers } from './answers.ts';
import { installCrds } from './crds.ts';

export interface TraefikOptions {
  /** Gateway, HTTPRoute and their like too, with the CRDs. */
  gateway?: boolean;
  /** Its own kinds too, such as Middleware, with the CRDs. */
  middlewares?: boolean;
}

export interface Traefik {
  /** Where it listens, as the node sees it, and what it writes into the status of Ingresses and Gateways. */
  address: string;
  /** For plain HTTP, and for HTTPS with the certificate of an Ingress, or one of its own where there is none. */
  ports: { web: number; websecure: number };
  stop(): Promise<void>;
}

/** Both the IngressClass and the GatewayClass. */
export const TRAEFIK_CLASS = 'traefik';

/**
 * Starts it on the node, where pods are reached by their addresses, makes its classes, and returns when it serves. A test
 * gets there through `cluster.forward(address, ports.web)`, from whichever client address.
 *
 * It sends requests to pods and not to their Service, whose `sessionAffinity` is nothing to it. A Service's annotations
 * change that: with `traefik.ingress.kubernetes.io/service.sticky.cookie` whoever returns its cookie stays at a pod; with
 * `...service.nativelb` the Service chooses, and takes all clients for one.
 */
export async function startTraefik(
  cluster: Cluster,
  { gateway = false, middlewares = false }: TraefikOptions = {},
): Promise<Traefik> {
  const find = await binaries([traefik]);
  if (gateway) await installCrds(cluster, 'httpRoutes');
  if (middlewares) await installCrds(cluster, 'traefikMiddlewares');
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(classes(gateway)) });

  // The real node's network is its own, and its low ports are free; the simulated one's is the machine's.
  const real = cluster.profile === 'real';
  const address = real ? NODE_ADDRESS : '127.0.0.1';
  const ports = real ? { web: 80, websecure: 443 } : { web: await freePort(), websecure: await freePort() };
  const health = await freePort();
  const controller = await cluster.run(
    'traefik',
    find('traefik'),
    [
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
      `--entrypoints.web.address=${address}:${ports.web}`,
      `--entrypoints.websecure.address=${address}:${ports.websecure}`,
      '--entrypoints.websecure.http.tls=true',
      `--entrypoints.traefik.address=127.0.0.1:${health}`,
      '--ping=true',
      // Two seconds between changes unless told.
      '--providers.providersthrottleduration=100ms',
      '--providers.kubernetesingress=true',
      `--providers.kubernetesingress.ingressendpoint.ip=${address}`,
      ...(gateway
        ? ['--providers.kubernetesgateway=true', `--providers.kubernetesgateway.statusaddress.ip=${address}`]
        : []),
      ...(middlewares ? ['--providers.kubernetescrd=true'] : []),
    ],
    { env: { KUBECONFIG: cluster.kubeconfig } },
  );
  await answers(cluster, controller, health, '/ping');
  return { address, ports, stop: () => controller.stop() };
}

function classes(gateway: boolean): object {
  const metadata = { name: TRAEFIK_CLASS };
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata,
    spec: { controller: 'traefik.io/ingress-controller' },
  };
  const gatewayClass = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata,
    spec: { controllerName: 'traefik.io/gateway-controller' },
  };
  return { apiVersion: 'v1', kind: 'List', items: gateway ? [ingressClass, gatewayClass] : [ingressClass] };
}
