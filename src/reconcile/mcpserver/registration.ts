/** Whether a server that wants to be in LiteLLM is there, as the catalogs that select it say. */
import type { Finding } from '../../api/condition.ts';
import type { MCPServer } from '../../api/mcpserver.ts';
import {
  type MCPServerRegistrationSpec,
  mcpServerRegistrationResource,
  REGISTRATION_STATES,
} from '../../api/mcpserverregistration.ts';
import { printable } from '../../api/printable.ts';
import { validatorOf } from '../../api/validate.ts';
import { isAutoRegistered } from '../../children/entry.ts';
import { type KubernetesObject, kindKey, lookUp } from '../contract.ts';
import { ENTRY, REGISTRATION } from './kinds.ts';
import { off, type Part } from './parts/part.ts';
import { isFresh, PATIENCE_MS } from './patience.ts';
import type { View } from './view.ts';

export interface Registration {
  /** Undefined where the server does not want to be there. */
  part: Part | undefined;
  /** Seconds after which that no catalog has taken it up is news. */
  lookAgainAfter: number | undefined;
}

const type = 'LiteLLMRegistered';
/** Of so many catalogs the sentence speaks. */
const MOST_CATALOGS = 4;
const LONGEST = 512;
const validator = validatorOf(mcpServerRegistrationResource);

/** @param rendered the server as it is rendered; undefined where no good spec is known. */
export function registrationOf(rendered: MCPServer | undefined, view: View): Registration {
  const said = (finding: Finding, lookAgainAfter?: number): Registration => ({
    part: { finding, counts: false },
    lookAgainAfter,
  });
  if (!isAutoRegistered(rendered ?? view.server)) return { part: undefined, lookAgainAfter: undefined };
  const disabled = off(view, type, 'litellm.autoRegister', REGISTRATION);
  if (disabled) {
    const message =
      "litellm.autoRegister asks for a place in LiteLLM, and the operator's settings do not have the feature catalogs: nobody puts the server there";
    return { part: { ...disabled, finding: { ...disabled.finding, message } }, lookAgainAfter: undefined };
  }
  const registrations = registrationsOf(view);
  if (registrations.length > 0) return said(worstOf(registrations));
  const notReady: Finding = {
    type,
    status: 'False',
    reason: 'NotReady',
    message: 'A catalog takes the server up once it is Ready, and verified where servers are',
  };
  const { server, request, now } = view;
  const entry = lookUp(request.children, ENTRY, server.metadata.namespace, server.metadata.name);
  if (!(entry?.spec as { ready?: boolean } | undefined)?.ready) return said(notReady);
  // It has just come, and the catalog's answer may be on its way.
  if (isFresh(server.status, now)) return said(toldBefore(view) ?? notReady, PATIENCE_MS / 1000);
  return said({
    type,
    status: 'False',
    reason: 'NoCatalog',
    message: `No MCPCatalog with litellm selects the server: kubectl get mcpcatalogs -A shows those that there are; one of another namespace needs a namespaceSelector that selects ${server.metadata.namespace}, and the policy's leave`,
  });
}

function toldBefore({ server }: View): Finding | undefined {
  const before = server.status?.conditions?.find((one) => one.type === type);
  if (!before) return undefined;
  const { status, reason, message } = before;
  return { type, status, reason, message };
}

interface Told extends Pick<MCPServerRegistrationSpec, 'state' | 'message'> {
  catalog: string;
}

/** @returns what catalogs say of this server, by their namespace and name. */
function registrationsOf({ request, server: { metadata } }: View): Told[] {
  return Object.values(request.related[kindKey(REGISTRATION)] ?? {})
    .filter((object) => validator.validate(object).length === 0)
    .map((object: KubernetesObject) => ({
      spec: object.spec as MCPServerRegistrationSpec,
      namespace: object.metadata.namespace,
    }))
    .filter(({ spec }) => spec.serverName === metadata.name && spec.serverNamespace === metadata.namespace)
    .map(({ spec, namespace }) => ({
      state: spec.state,
      message: printable(spec.message, LONGEST),
      catalog: `${namespace}/${spec.catalog}`,
    }))
    .sort((a, b) => rankOf(b) - rankOf(a) || (a.catalog < b.catalog ? -1 : 1));
}

const rankOf = ({ state }: Told) => REGISTRATION_STATES.indexOf(state);

/** What is wrong in one catalog hides what is right in others. */
function worstOf(registrations: readonly Told[]): Finding {
  const { state } = registrations[0]!;
  const alike = registrations.filter((one) => one.state === state);
  const shown = alike
    .slice(0, MOST_CATALOGS)
    .map(({ catalog, message }) => `MCPCatalog ${catalog}: ${message}`);
  const more = alike.length - shown.length;
  return {
    type,
    status: state === 'Registered' ? 'True' : state === 'Pending' ? 'Unknown' : 'False',
    reason: state,
    message: `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
  };
}
