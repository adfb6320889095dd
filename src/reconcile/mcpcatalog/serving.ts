/** The pods that serve a catalog's registry, and what becomes of them. */
import type { V1Deployment } from '@kubernetes/client-node';
import { canonical } from '../../children/canonical.ts';
import {
  registryDeployment,
  registryServerName,
  registryService,
} from '../../children/catalog/registryserver.ts';
import { type KubernetesObject, lookUp } from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { claims } from '../names.ts';
import { DEPLOYMENT, SERVICE } from './kinds.ts';
import type { Registry } from './registry.ts';
import type { View } from './view.ts';

export interface Serving {
  children: readonly KubernetesObject[];
  isServed: boolean;
  reason: string;
  message: string;
}

/** @returns undefined where nothing is to be served. */
export function servingOf(registry: Registry | undefined, view: View): Serving | undefined {
  const { catalog, request, settings } = view;
  if (!registry || !catalog.spec.registry?.serve) return undefined;
  const { namespace } = catalog.metadata;
  const name = registryServerName(catalog);
  // Nothing that serves is taken away because it cannot be changed.
  const kept = [SERVICE, DEPLOYMENT].flatMap((kind) => {
    const observed = lookUp(request.children, kind, namespace, name);
    return observed ? [canonical(keepAsObserved(observed))] : [];
  });
  const not = (reason: string, message: string, children: readonly KubernetesObject[] = kept): Serving => ({
    children,
    isServed: false,
    reason,
    message,
  });
  if (settings.runtimeImage === '') {
    return not(
      'NoRuntimeImage',
      'The operator has no MCP_RUNTIME_IMAGE, which serves the registry: ask whoever runs the operator to set it',
    );
  }
  const maps = registry.writings.flatMap(({ child }) => child?.metadata.name ?? []);
  const children = [
    registryService(catalog),
    registryDeployment(catalog, maps, settings),
  ] as KubernetesObject[];
  const [other] = Object.values(claims(request, children)).flat();
  if (other) {
    return not(
      'NameTaken',
      `${other.kind} ${namespace}/${name} is not owned by this MCPCatalog and is left alone: delete or rename it, or give the MCPCatalog another name`,
    );
  }
  const { status } = (lookUp(request.children, DEPLOYMENT, namespace, name) ?? {}) as V1Deployment;
  if (!status?.availableReplicas) {
    return not(
      'NotAvailable',
      `Deployment ${namespace}/${name} has no pod that is available: kubectl describe deployment ${name} -n ${namespace}`,
      children,
    );
  }
  return {
    children,
    isServed: true,
    reason: 'Served',
    message: `The registry is served by Service ${namespace}/${name}`,
  };
}
