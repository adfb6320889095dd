/** What was found out about a server: what its status is made of. */
import type { MCPServer, MCPServerStatus } from '../../api/mcpserver.ts';
import type { KubernetesObject } from '../contract.ts';
import type { Part } from './parts/part.ts';
import type { Plan } from './plan.ts';
import type { Trouble } from './pods/pod.ts';
import type { Rollout } from './rollout.ts';

/** Apart from the status that it had. */
export interface Observation {
  /** When what is new came about, for timestamps. */
  moment: string;
  /** What is wrong with the live spec, one sentence each. */
  problems: readonly string[];
  /** In what it breaks a policy that came later, one sentence each. */
  tolerated: readonly string[];
  /** The server as it is rendered: the live one, the last good one, or none. */
  rendered: MCPServer | undefined;
  /** Whether anything of it runs or is kept, though nothing could be rendered. */
  kept: boolean;
  /** How many pods the live spec wants. */
  replicas: number;
  rollout: Rollout;
  /** What the pods say is wrong with them. */
  podTrouble: Trouble | undefined;
  /** Whether the Service is there and ours. */
  service: boolean;
  /** Objects not owned by this server that have a name it needs. */
  conflicts: readonly KubernetesObject[];
  /** The same, of objects that are terminating: their names are free once they are gone. */
  terminating: readonly KubernetesObject[];
  /** Children that were asked for some time ago and are still not there, one sentence each. */
  missing: readonly string[];
  /** Children that are asked for and may yet come, one sentence each. */
  awaited: readonly string[];
  /** Whether pods are held back for want of a runtime image. */
  lacksRuntime: boolean;
  /** What is the matter with how children are applied. */
  applied: Plan['applied'];
  /** What the pods need and is not there, one sentence each. */
  waiting: readonly string[];
  /** What there is beside workload and Service. */
  parts: Part[];
  /** What the server said it is, and what a later call has to know of that. */
  told: Pick<MCPServerStatus, 'server' | 'verification'>;
  /** Why the server counts as not answering though it serves: it has yet to pass. Empty where it does not wait for that. */
  unverified: string;
}

/** Whether something is held back for how children are applied. */
export function holdsBack({ applied }: Observation): boolean {
  return applied?.isHeld ?? false;
}

/** An available pod is behind the Service, whatever generation it is of. */
export function isServing({
  service,
  rollout,
  replicas,
}: Pick<Observation, 'service' | 'rollout' | 'replicas'>) {
  return service && rollout.available > 0 && replicas > 0;
}

/** The server answers now, and as it is to. */
export function isAnswering(observation: Observation): boolean {
  return isServing(observation) && observation.unverified === '';
}
