/**
 * What Metacontroller's CompositeController hooks (version v2) take and give, and what each of our parents provides.
 * The embedded engine keeps the same contract.
 */
import type { Verdict } from '../admission/review.ts';
import type { CustomResource } from '../api/crd.ts';
import type { Problem } from '../api/problem.ts';
import type { Feature } from '../environment.ts';
import type { RenderSettings } from '../settings.ts';
import type { LabelSelector } from './selectors.ts';

/** Any object of the API server, as far as reconciling looks at objects that it does not know. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  };
  spec?: unknown;
  status?: unknown;
}

/** Objects by `Kind.group/version` (`Kind.version` for the core group), then by `namespace/name`. */
export type ObjectMap = Record<string, Record<string, KubernetesObject>>;

export interface SyncRequest {
  parent: KubernetesObject;
  children: ObjectMap;
  related: ObjectMap;
}

export interface SyncResponse {
  status: Record<string, unknown>;
  /** Asks for another sync that much later, though nothing may have changed by then. */
  resyncAfterSeconds?: number;
  /** Every child that is wanted; an observed one that is left out is deleted. */
  children: object[];
}

export interface ResourceKind {
  apiVersion: string;
  kind: string;
  /** Plural name in lower case, as in URLs. */
  resource: string;
}

/** A kind of child. One with a feature exists only in clusters that have it, and is then named in the settings. */
export interface ChildKind extends ResourceKind {
  feature?: Feature;
  /** The setting without which there is no child of it. */
  setting?: 'MCP_RUNTIME_IMAGE';
  /** The API server takes no change of it: it is made, and deleted. */
  isImmutable?: true;
}

/** Objects that a parent wants to see beside its children: those of some names, or those with some labels. */
export type RelatedRule = { apiVersion: string; resource: string } & (
  | { namespace: string; names: string[]; labelSelector?: never; namespaceSelector?: never }
  | { namespace: string; labelSelector: LabelSelector; names?: never; namespaceSelector?: never }
  | { namespaceSelector: LabelSelector; labelSelector: LabelSelector; names?: never; namespace?: never }
);

export interface Context {
  settings: RenderSettings;
  /** The time of this call, RFC 3339 without fractions. */
  now: string;
}

export interface Checked {
  /** The parent with its defaults. */
  parent: KubernetesObject;
  /** What makes it invalid. */
  problems: Problem[];
  /** Fields that its kind does not have: the API server drops them, `kubectl apply` refuses them. */
  unknown: Problem[];
}

/** One parent kind: everything that a hook, an engine or a manifest needs to know of it. */
export interface Controller {
  parent: ResourceKind;
  /** It is set up only in clusters that want it, and is then named in the settings. */
  feature?: Feature;
  /** Its parents are made by another controller: people may read them. */
  isInternal?: true;
  children: readonly ChildKind[];
  /** The kind as its CRD declares it. */
  resource: CustomResource;
  /** Judges a parent without a cluster. */
  check(parent: KubernetesObject, settings: RenderSettings): Checked;
  /**
   * @param beside what else is given with the parent, as manifests: other parents without problems, and Namespaces.
   * @returns the children of a parent without problems, as they are applied where nothing stands in the way.
   */
  render(
    parent: KubernetesObject,
    settings: RenderSettings,
    beside?: readonly KubernetesObject[],
  ): KubernetesObject[];
  /** Judges a write, and what it replaces, before it is stored. */
  admit(object: KubernetesObject, before: KubernetesObject | undefined, settings: RenderSettings): Verdict;
  /** Judges a write to the scale subresource, of which the API server shows nothing else. */
  admitScale(
    scale: KubernetesObject,
    before: KubernetesObject | undefined,
    settings: RenderSettings,
  ): Verdict;
  /** May depend on the parent's name and spec only, for Metacontroller keeps the answer per generation. */
  customize(parent: KubernetesObject, settings: RenderSettings): RelatedRule[];
  sync(request: SyncRequest, context: Context): SyncResponse;
}

/** @returns the key under which an ObjectMap lists a kind. */
export function kindKey({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${kind}.${apiVersion}`;
}

export function lookUp(
  objects: ObjectMap,
  kind: { apiVersion: string; kind: string },
  namespace: string,
  name: string,
): KubernetesObject | undefined {
  const ofKind = objects[kindKey(kind)];
  const key = `${namespace}/${name}`;
  return ofKind && Object.hasOwn(ofKind, key) ? ofKind[key] : undefined;
}

/** @returns an object as a sentence calls it. */
export function describe(object: KubernetesObject): string {
  return `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

/** @returns those that are set up in a cluster with these settings. */
export function wantedControllers(
  controllers: readonly Controller[],
  settings: RenderSettings,
): readonly Controller[] {
  return controllers.filter(({ feature }) => !feature || settings.features.has(feature));
}

/** @returns the kinds of child that a cluster with these settings has. */
export function childKinds(controller: Pick<Controller, 'children'>, settings: RenderSettings): ChildKind[] {
  return controller.children.filter(
    ({ feature, setting }) =>
      (!feature || settings.features.has(feature)) && (!setting || settings.runtimeImage !== ''),
  );
}
