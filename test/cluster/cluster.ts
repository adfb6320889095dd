/** A Kubernetes cluster for tests, up in seconds and gone without a trace. Both profiles are this. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import type { RunningProcess, RunOptions } from './process.ts';
import { upReal } from './real.ts';
import { upSimulated } from './simulated.ts';
import { NEWEST, type Release } from './versions.ts';

export interface Forward {
  /** On 127.0.0.1. */
  port: number;
  close(): Promise<void>;
}

export interface Cluster extends ControlPlane {
  readonly profile: 'simulated' | 'real';
  /** The version of Kubernetes, with its `v`. */
  readonly kubernetes: string;
  /** The cluster's own folder: certificates, data, and a NAME.log for each process. */
  readonly dir: string;
  /** Starts a process on the node: in the real profile inside its namespaces, else as a plain child. */
  run(name: string, command: string, args: string[], options?: RunOptions): Promise<RunningProcess>;
  /**
   * A loopback port outside that reaches an address as the node sees it: a Service's name, a pod's IP, 127.0.0.1.
   * @param from one of `clientAddresses`, for what treats clients by their address.
   */
  forward(host: string, port: number, from?: string): Promise<Forward>;
  /** 254 addresses that the cluster does not use itself and connections can come from. */
  readonly clientAddresses: string[];
  /** Gives the node the images of an OCI-layout tar. Real profile only. */
  loadImages?(tar: string): Promise<void>;
  /** Ends everything the cluster started, waits for it, and removes what it left. */
  down(): Promise<void>;
}

export interface UpOptions {
  /** Simulated unless told. */
  node?: 'simulated' | 'real';
  /** The newest unless told. A real node is of the newest. */
  kubernetes?: Release;
  /** How many simulated nodes. */
  nodes?: number;
  /** More kwok stages for simulated pods, such as ones that fail: paths of YAML files. */
  stages?: string[];
}

export async function up(options: UpOptions = {}): Promise<Cluster> {
  const { node, kubernetes = NEWEST } = options;
  if (node === 'real' && kubernetes !== NEWEST) throw new Error(`the real node is of ${NEWEST}`);
  const dir = await mkdtemp(path.join(tmpdir(), 'smooth-cluster-'));
  return node === 'real' ? upReal(dir) : upSimulated(dir, options);
}
