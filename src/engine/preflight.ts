/** What must hold before the engine starts: our kinds are there, and nobody else reconciles them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MANAGER } from '../children/identity.ts';
import type { Controller } from '../reconcile/contract.ts';
import { ApiError, type Client } from './client.ts';
import { EngineError } from './events.ts';
import { type Kinds, orUndefined, pathOf } from './kinds.ts';

const ESTABLISH_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
const CRDS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  resource: 'customresourcedefinitions',
  namespaced: false,
};
const COMPOSITES = {
  apiVersion: 'metacontroller.k8s.io/v1alpha1',
  resource: 'compositecontrollers',
  namespaced: false,
};

interface Definition {
  metadata: { name: string };
  spec: {
    group: string;
    names: { plural: string; kind: string };
    versions: { name: string; served: boolean }[];
  };
}

interface CompositeControllers {
  items: {
    metadata: { name: string };
    spec: { parentResource: { apiVersion: string; resource: string } };
  }[];
}

/** @throws EngineError where Metacontroller has one of our kinds as a parent. */
export async function refuseSecondWriter(
  client: Client,
  kinds: Kinds,
  controllers: readonly Controller[],
): Promise<void> {
  // Discovery first: it is open to everyone, and a list that is forbidden does not tell whether there is anything.
  if (!(await kinds.find(COMPOSITES.apiVersion, COMPOSITES.resource))) return;
  let composites: CompositeControllers | undefined;
  try {
    composites = await orUndefined(client.request<CompositeControllers>('GET', pathOf(COMPOSITES)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new EngineError(
      'Metacontroller is installed here, and whether it already reconciles our kinds cannot be seen: ' +
        `${error.message}. Ask for the right to list compositecontrollers.metacontroller.k8s.io, or use another cluster`,
    );
  }
  for (const { metadata, spec } of composites?.items ?? []) {
    const { apiVersion, resource } = spec.parentResource;
    const ours = controllers.find(
      ({ parent }) => parent.resource === resource && groupOf(parent.apiVersion) === groupOf(apiVersion),
    );
    if (!ours) continue;
    throw new EngineError(
      `CompositeController ${metadata.name} already reconciles ${ours.parent.kind} in this cluster, and two writers ` +
        'would undo each other: use another cluster, or uninstall smooth-operator here first ' +
        `(kubectl delete compositecontroller ${metadata.name})`,
    );
  }
}

/** Applies the definitions and waits until the API server serves them. */
export async function installDefinitions(client: Client, crds: readonly object[]): Promise<void> {
  for (const crd of crds as Definition[]) {
    const { name } = crd.metadata;
    await client.request('PATCH', pathOf(CRDS, undefined, name), {
      query: { fieldManager: MANAGER, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: crd,
    });
    const deadline = performance.now() + ESTABLISH_TIMEOUT_MS;
    while (!(await isEstablished(client, name))) {
      if (performance.now() > deadline) {
        throw new EngineError(
          `CustomResourceDefinition ${name} is not established: kubectl describe crd ${name}`,
        );
      }
      await sleep(POLL_MS);
    }
  }
}

async function isEstablished(client: Client, name: string): Promise<boolean> {
  const { status } = await client.request<{ status?: { conditions?: { type: string; status: string }[] } }>(
    'GET',
    pathOf(CRDS, undefined, name),
  );
  return (status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
}

/**
 * @param patient whether they were just installed: discovery is a moment behind.
 * @throws EngineError where the cluster lacks one of the definitions' kinds.
 */
export async function requireDefinitions(
  kinds: Kinds,
  crds: readonly object[],
  patient: boolean,
): Promise<void> {
  const deadline = performance.now() + (patient ? ESTABLISH_TIMEOUT_MS : 0);
  for (const { metadata, spec } of crds as Definition[]) {
    for (const version of spec.versions.filter(({ served }) => served)) {
      while (!(await kinds.find(`${spec.group}/${version.name}`, spec.names.plural))) {
        if (performance.now() >= deadline) {
          throw new EngineError(
            `This cluster does not know ${spec.names.kind} (${metadata.name}): install our CRDs with --install-crds, ` +
              'or have someone do it who may (smooth-operator crds | kubectl apply --server-side -f -)',
          );
        }
        await sleep(POLL_MS);
      }
    }
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/')[0]!;
}
