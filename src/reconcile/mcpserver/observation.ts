/** What was found out about a server: what its status is made of. */
import type { MCPServer } from '../../api/mcpserver.ts';
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
  /** What is the matter with how children are applied. */
  applied: Plan['applied'];
  /** What the pods need and is not there, one sentence each. */
  waiting: readonly string[];
  /** What there is beside workload and Service. */
  parts: Part[];
}

/** Whether something is held back for how children are applied. */
export function holdsBack({ applied }: Observation): boolean {
  return applied?.isHeld ?? false;
}

/** The server answers now, whatever generation serves. */
export function isAnswering({ service, rollout, replicas }: Observation): boolean {
  return service && rollout.available > 0 && replicas > 0;
}
