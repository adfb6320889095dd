/** How Metacontroller applies children, as it shows on them, and what is the matter with that. */
import { MANAGER } from '../../children/identity.ts';
import type { ApplyStrategy } from '../../settings.ts';
import { describe, type KubernetesObject, type ObjectMap } from '../contract.ts';
import { LAST_APPLIED } from '../keep.ts';
import { DIAGNOSIS, POD } from './kinds.ts';

interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  fieldsV1?: object;
}

export interface ApplyTrouble {
  /** `SettingDiffers`: the setting says another strategy. `StrategyChanged`: children were applied otherwise before. */
  reason: 'SettingDiffers' | 'StrategyChanged';
  /** What it is, what comes of it and what to do, in whole sentences. */
  message: string;
  /** Whether a child that is not there may not be made. */
  makesNothing: boolean;
  /** Whether a new spec may not be rolled out. */
  keepsSpec: boolean;
}

/** As it calls itself to the API server, whatever name it applies under. */
const METACONTROLLER = 'metacontroller';

/**
 * Server-side apply writes into an object not owned by the server that has the name of a child: where the setting says that
 * it is not in use, nobody has looked for one. And what dynamic apply wrote, or `dev`, stays managed by that under
 * server-side apply, so that a field that a new manifest drops stays.
 *
 * @param children as they are observed.
 * @param setting empty where the strategy is not known.
 */
export function applyTroubleOf(children: ObjectMap, setting: ApplyStrategy): ApplyTrouble | undefined {
  if (setting === 'dev') return undefined;
  // A diagnosis says nothing that could stay, and the pod that asks is gone in a moment.
  const all = Object.values(children)
    .flatMap((ofKind) => Object.values(ofKind))
    .filter(({ kind }) => kind !== DIAGNOSIS.kind && kind !== POD.kind);
  const seen = strategySeen(all);
  const before = all.filter((child) => isOfBefore(child, setting));
  const keepsSpec = before.length > 0;
  if (setting !== '' && seen !== '' && seen !== setting) {
    const makesNothing = seen === 'server-side-apply';
    const message = `Metacontroller runs with --apply-strategy=${seen} and the operator's setting MCP_APPLY_STRATEGY is ${setting}, so ${makesNothing ? NOTHING_NEW : NO_NEW_SPEC}. Set MCP_APPLY_STRATEGY to ${seen}, or give Metacontroller --apply-strategy=${setting}`;
    return { reason: 'SettingDiffers', message, makesNothing, keepsSpec };
  }
  if (!keepsSpec) return undefined;
  // Maps have no order, and a message has to have one.
  const names = before.map(describe).sort().join(', ');
  const message = `${names}: applied by --apply-strategy=server-side-apply now and otherwise before, so that what a new spec drops would stay, and no new spec is rolled out. The command that ends this is in docs/install.md, under "From one strategy to the other"`;
  return { reason: 'StrategyChanged', message, makesNothing: false, keepsSpec };
}

const NOTHING_NEW = 'nothing new is made: it might be written into an object not owned by this MCPServer';
const NO_NEW_SPEC = 'no new spec is rolled out: what it drops would stay once the strategy has changed';

/** @returns the strategy that all show; empty where they show none, or one this and another that, as for a moment in a change. */
function strategySeen(children: readonly KubernetesObject[]): ApplyStrategy {
  const seen = new Set(children.map(strategyOf));
  const [only = ''] = seen;
  return seen.size === 1 ? only : '';
}

/** Dynamic apply leaves an annotation, server-side apply an entry among the managed fields. */
function strategyOf(child: KubernetesObject): ApplyStrategy {
  if (child.metadata.annotations?.[LAST_APPLIED] !== undefined) return 'dynamic-apply';
  const isApplied = managersOf(child).some((one) => one.operation === 'Apply' && !isOfDev(one));
  return isApplied ? 'server-side-apply' : '';
}

/** Whether a child is applied server-side, or is to be, and what another way wrote is still managed by that. */
function isOfBefore(child: KubernetesObject, setting: ApplyStrategy): boolean {
  const seen = strategyOf(child);
  if (setting === 'server-side-apply' && seen === 'dynamic-apply') return true;
  const isServerSide = setting === 'server-side-apply' || seen === 'server-side-apply';
  return isServerSide && managersOf(child).some((one) => isOfDev(one) || isOfDynamicApply(one));
}

/** Metacontroller also updates metadata alone, to take an object over or to take its annotation away. */
function isOfDynamicApply({ manager, operation, fieldsV1 = {} }: ManagedFields): boolean {
  const isMetacontrollers = manager === METACONTROLLER && operation === 'Update';
  return isMetacontrollers && Object.keys(fieldsV1).some((field) => field !== 'f:metadata');
}

function isOfDev({ manager, operation }: ManagedFields): boolean {
  return manager === MANAGER && operation === 'Apply';
}

/** @returns who manages fields of a child, but for those of its status. */
function managersOf({ metadata }: KubernetesObject): ManagedFields[] {
  const { managedFields } = metadata as { managedFields?: ManagedFields[] };
  return (managedFields ?? []).filter(({ subresource }) => !subresource);
}
