/** What a part of a server is, and the words in which every part tells how it is. */
import type { Finding } from '../../../api/condition.ts';
import type { MCPServer } from '../../../api/mcpserver.ts';
import type { RenderSettings } from '../../../settings.ts';
import type { ChildKind, KubernetesObject } from '../../contract.ts';
import type { Conflict } from '../addresses.ts';

export interface Part {
  finding: Finding;
  /** Its entry in `readiness`. */
  readiness?: 'ingress' | 'route' | 'loadBalancer';
  /** Whether the server is not as wished while this is not ready. */
  counts: boolean;
  /** The address that clients use while it is ready, or serves. */
  url?: string | undefined;
  /** That it serves, though not all that it should. */
  serves?: boolean;
}

/** What a part is told of. */
export interface View {
  server: MCPServer;
  settings: RenderSettings;
  observed(kind: ChildKind, name?: string): KubernetesObject | undefined;
  /** What others have of the addresses that a kind is to serve; undefined where that is nothing. */
  conflict(kind: ChildKind): Conflict | undefined;
}

/** @returns the part as it is; undefined where the spec does not ask for it, or nothing is to be said of it. */
export type Report = (view: View) => Part | undefined;

export function label({ server }: View, { kind }: ChildKind, name = server.metadata.name): string {
  return `${kind} ${server.metadata.namespace}/${name}`;
}

export const no = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'False',
  reason,
  message,
});
export const yes = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'True',
  reason,
  message,
});

/** What is asked for and cannot be had here is told, and is no failure of the server. */
export function off(
  { settings }: Pick<View, 'settings'>,
  type: string,
  field: string,
  { kind, feature }: ChildKind,
): Part | undefined {
  if (!feature || settings.features.has(feature)) return undefined;
  const message = `${field} asks for ${/^([AEIOU]|HTTP)/.test(kind) ? 'an' : 'a'} ${kind}, and the operator's settings do not have the feature ${feature}: none is made`;
  return { finding: no(type, 'FeatureOff', message), counts: false };
}

/** @returns the addresses of an Ingress, or of a Service of type LoadBalancer. */
export function addressesOf(object: KubernetesObject): string[] {
  const { loadBalancer } = (object.status ?? {}) as {
    loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] };
  };
  return (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => hostname ?? ip ?? []);
}

export function conditionOf(object: KubernetesObject | undefined, type: string) {
  const { conditions } = (object?.status ?? {}) as { conditions?: Finding[] };
  return conditions?.find((one) => one.type === type);
}
