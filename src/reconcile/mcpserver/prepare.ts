/**
 * What follows from a spec alone: its defaults, its problems, its children. A server is synced half a dozen times with one
 * spec while it rolls out, and again at every resync, so the answer for a spec is remembered. It is a function of its
 * arguments all the same: what is remembered is found by the whole of them.
 */
import { checkMCPServer } from '../../admission/mcpserver.ts';
import { breachesOf } from '../../admission/policy.ts';
import { type MCPServer, mcpServerResource } from '../../api/mcpserver.ts';
import { inOrder, type Problem } from '../../api/problem.ts';
import { validatorOf } from '../../api/validate.ts';
import { headerSecretsOf, type SecretUse, secretsOf } from '../../children/secrets.ts';
import { withTransport } from '../../children/transport.ts';
import { isVerified } from '../../children/verification.ts';
import type { RenderSettings } from '../../settings.ts';
import type { KubernetesObject } from '../contract.ts';
import { RENDERERS } from './children.ts';
import { DEPLOYMENT } from './kinds.ts';
import { withLastValidSpec } from './lastvalidspec.ts';

export interface Prepared {
  /** The server's spec with its defaults. */
  spec: MCPServer['spec'];
  /** Whether the schema allows it. */
  sound: boolean;
  /** Why it cannot be rendered. */
  problems: readonly Problem[];
  /** In what it breaks the policy; it could be rendered all the same. */
  breaches: readonly Problem[];
  /** The children as they are applied where nothing stands in the way; none where there are problems. */
  children: readonly KubernetesObject[];
  /** The Secrets that its pods use. */
  secrets: readonly SecretUse[];
  /** Names of those with which it is asked what it is. */
  headerSecrets: readonly string[];
}

/** Together at most some 40 MB: as many servers as change at once, and no spec of unusual size. */
const MOST_REMEMBERED = 1024;
const LONGEST_REMEMBERED = 8192;

const remembered = new WeakMap<RenderSettings, Map<string, Prepared>>();

export const validator = validatorOf(mcpServerResource);

/** @returns what follows from the name, namespace and spec of a server. Nothing of it may be changed: it is shared. */
export function prepare(server: MCPServer, settings: RenderSettings): Prepared {
  const key = keyOf(server);
  let known = remembered.get(settings);
  if (!known) {
    known = new Map();
    remembered.set(settings, known);
  }
  const found = known.get(key);
  if (found) return found;

  // Its own copy, for what is remembered must not change with a request. Not frozen, for that costs more than all the
  // rest; the tests freeze it.
  const prepared = work({ ...server, spec: specIn(key) }, settings);
  if (key.length <= LONGEST_REMEMBERED) {
    // A Map keeps the order of insertion: the first is the oldest.
    if (known.size >= MOST_REMEMBERED) known.delete(known.keys().next().value!);
    known.set(key, prepared);
  }
  return prepared;
}

/**
 * As `prepare`, of what the API server is about to store: its own rules it has evaluated by then. It may never be stored,
 * so it is not remembered. Where it were, a stream of such questions would have everything live just long enough to cost a
 * full collection of garbage.
 */
export function consider(server: MCPServer, settings: RenderSettings): Prepared {
  const found = remembered.get(settings)?.get(keyOf(server));
  // Of one that is not sound, the sync asked less of the policy and more of the CRD.
  if (found?.sound) return found;
  const considered = work(server, settings, validator.validateAdmitted);
  // Not spread where it is sound: that would ask for the children.
  return considered.sound ? considered : { ...considered, breaches: breachesIn(server, settings) };
}

/** Also of a server whose structure is wrong, as far as that goes: what is wrong with it hides nothing else. */
function breachesIn(server: MCPServer, settings: RenderSettings): Problem[] {
  try {
    return inOrder(breachesOf(validator.withDefaults(server), settings));
  } catch {
    return [];
  }
}

function keyOf({ metadata: { name, namespace }, spec }: MCPServer): string {
  return JSON.stringify([namespace, name, spec]);
}

/** Of what came as JSON, reading it again is the cheapest copy. */
function specIn(key: string): MCPServer['spec'] {
  return (JSON.parse(key) as [string, string, MCPServer['spec']])[2];
}

function work(given: MCPServer, settings: RenderSettings, validate = validator.validate): Prepared {
  const { name, namespace, uid, generation } = given.metadata;
  const { spec, ...rest } = validator.withDefaults<MCPServer>({
    ...given,
    metadata: { name, namespace, uid, generation },
  });
  const server: MCPServer = { ...rest, spec: withTransport(spec) };
  const structural = validate(server);
  const sound = structural.length === 0;
  const problems = inOrder(sound ? checkMCPServer(server, settings) : structural);
  const good = problems.length === 0;
  let children: KubernetesObject[] | undefined;
  return {
    spec: server.spec,
    sound,
    problems,
    breaches: sound ? inOrder(breachesOf(server, settings)) : [],
    // Admission asks for none of them.
    get children() {
      children ??= good ? render(server, settings) : [];
      return children;
    },
    secrets: sound ? secretsOf(server) : [],
    headerSecrets:
      sound && isVerified(server, settings) ? headerSecretsOf(server).map(({ name }) => name) : [],
  };
}

/** @param server one without problems, with its defaults. */
export function render(server: MCPServer, settings: RenderSettings): KubernetesObject[] {
  const children = RENDERERS.filter(([{ feature }]) => !feature || settings.features.has(feature)).flatMap(
    ([, renderer]) => (renderer(server, settings) ?? []) as KubernetesObject | KubernetesObject[],
  );
  return children.map((child) =>
    child.kind === DEPLOYMENT.kind ? withLastValidSpec(child, server.spec) : child,
  );
}
