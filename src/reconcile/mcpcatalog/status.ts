/** The status of an MCPCatalog: how many servers there are, which are left out and why, and what is published. */
import { type Finding, toConditions } from '../../api/condition.ts';
import type { MCPCatalogStatus } from '../../api/mcpcatalog.ts';
import { formatProblem } from '../../api/problem.ts';
import { canonical } from '../../children/canonical.ts';
import { clientFilesConfigMapName } from '../../children/catalog/clientfiles.ts';
import { liteLLMConfigMapName } from '../../children/catalog/configmap.ts';
import { sourceOf } from '../../children/catalog/names.ts';
import { registryUrl } from '../../children/catalog/registryserver.ts';
import { lastUpdated } from '../lastupdated.ts';
import type { Publication } from './publication.ts';
import type { Registry } from './registry.ts';
import type { Rollout } from './rollout.ts';
import type { Selection } from './selection.ts';
import type { Serving } from './serving.ts';
import type { View } from './view.ts';
import type { Writing } from './writing.ts';

/** Of those that are left out, so many are named. */
const MOST_NAMED = 32;
const MOST_CONFLICTS = 5;
const LONGEST_LIST = 16384;

const yes = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'True',
  reason,
  message,
});
const no = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'False',
  reason,
  message,
});

/** What is published; undefined is what is not asked for. */
export interface Published {
  publication: Publication | undefined;
  clientFiles: Writing | undefined;
  registry: Registry | undefined;
  /** How far LiteLLM is with loading it. */
  rollout: Rollout | undefined;
  serving: Serving | undefined;
}

export function statusOf(selection: Selection, all: Published, view: View): MCPCatalogStatus {
  const { catalog, now } = view;
  const { publication, clientFiles, registry, serving } = all;
  const leftOut = [...selection.leftOut, ...(publication?.leftOut ?? [])];
  const selected = selection.entries.length + selection.leftOut.length;
  const published =
    publication?.published ?? (clientFiles ? selection.entries.length : (registry?.servers ?? 0));
  const findings = [
    ...publishedFinding(selection, all, view),
    ...(all.rollout ? [all.rollout.finding] : []),
    ...servedFinding(serving),
    conflictsFinding(publication),
    yes('SpecValid', 'Valid', 'The spec is valid'),
  ];
  return told(
    {
      servers: { selected, published, leftOut: leftOut.length },
      published: `${published}/${selected}`,
      leftOut:
        leftOut.length === 0
          ? undefined
          : leftOut.slice(0, MOST_NAMED).map(({ entry, reason, message }) => ({
              source: sourceOf(entry),
              reason,
              message,
            })),
      litellm: publication?.hash === undefined ? undefined : { hash: publication.hash },
      clientFiles: clientFiles?.hash === undefined ? undefined : { hash: clientFiles.hash },
      registry: registry && {
        url: serving?.isServed ? registryUrl(catalog, view.settings) : undefined,
        servers: registry.servers,
        hash: registry.hash,
        changedAt: registry.changedAt,
      },
    },
    [readyFinding(findings, view.previous), ...findings],
    view,
    catalog.metadata.generation,
    now,
  );
}

/** What was published stays, and so does what was said of it. */
export function statusOfInvalid(view: View): MCPCatalogStatus {
  const { problems, previous, catalog, now } = view;
  const text = problems.map(formatProblem).join('; ');
  const message = text.length > LONGEST_LIST ? `${text.slice(0, LONGEST_LIST - 1).toWellFormed()}…` : text;
  const { conditions: before = [], observedGeneration: _, lastUpdated: __, ...rest } = previous;
  const ready = `The spec is invalid, so what is published stays as it is: ${message}`;
  const findings = [
    no('Ready', 'InvalidSpec', ready),
    ...before
      .filter(({ type }) => type !== 'Ready' && type !== 'SpecValid')
      .map(({ type, status, reason, message }) => ({ type, status, reason, message })),
    no('SpecValid', 'Invalid', message),
  ];
  return told(rest, findings, view, catalog.metadata.generation, now);
}

function told(
  fields: { [Field in keyof MCPCatalogStatus]: MCPCatalogStatus[Field] | undefined },
  findings: readonly Finding[],
  { previous }: View,
  generation: number,
  now: string,
): MCPCatalogStatus {
  const status = canonical({
    ...fields,
    observedGeneration: generation,
    conditions: toConditions(findings, previous.conditions ?? [], generation, now),
  }) as MCPCatalogStatus;
  return { ...status, lastUpdated: lastUpdated(status, previous, now) };
}

function publishedFinding(
  { forbidden, entries }: Selection,
  { publication, clientFiles, registry }: Published,
  { catalog }: View,
): Finding[] {
  if (!publication && !clientFiles && !registry) return [];
  const type = 'Published';
  const hidden =
    forbidden === 0
      ? ''
      : `. The policy of this cluster does not let it read the namespaces of ${forbidden} more`;
  const troubles = [publication, clientFiles, ...(registry?.writings ?? [])].flatMap(
    (one) => one?.trouble ?? [],
  );
  if (troubles.length > 0) {
    const message = [...new Set(troubles.map((one) => one.message))].join('. ').slice(0, LONGEST_LIST);
    return [no(type, troubles[0]!.reason, `${message}${hidden}`)];
  }
  const are = (count: number) => (count === 1 ? '1 server is' : `${count} servers are`);
  const inMap = (count: number, name: string) =>
    `${are(count)} in ConfigMap ${catalog.metadata.namespace}/${name}`;
  const message = [
    ...(publication ? [inMap(publication.servers.length, liteLLMConfigMapName(catalog))] : []),
    ...(clientFiles ? [inMap(entries.length, clientFilesConfigMapName(catalog))] : []),
    ...(registry ? [inRegistry(registry, are)] : []),
  ].join(', ');
  return [yes(type, 'Published', `${message}${hidden}`)];
}

function inRegistry({ servers, without }: Registry, are: (count: number) => string): string {
  const rest =
    without === 0 ? '' : ` (${without} without a public https address ${without === 1 ? 'is' : 'are'} not)`;
  return `${are(servers)} in the registry${rest}`;
}

function servedFinding(serving: Serving | undefined): Finding[] {
  if (!serving) return [];
  const { isServed, reason, message } = serving;
  return [(isServed ? yes : no)('RegistryServed', reason, message)];
}

function conflictsFinding(publication: Publication | undefined): Finding {
  const type = 'Conflicts';
  const conflicts = (publication?.leftOut ?? []).filter(({ reason }) => reason === 'NameConflict');
  if (conflicts.length === 0) return no(type, 'None', 'No two servers want one name');
  const shown = conflicts.slice(0, MOST_CONFLICTS).map(({ message }) => message);
  const more = conflicts.length - shown.length;
  return yes(type, 'NameConflict', `${shown.join('. ')}${more > 0 ? `. And ${more} more` : ''}`);
}

/** A change that is on its way takes nothing from what was ready before. */
function readyFinding(findings: readonly Finding[], { conditions = [] }: MCPCatalogStatus): Finding {
  const type = 'Ready';
  const published = findings.find((one) => one.type === 'Published');
  if (!published)
    return yes(type, 'NothingAsked', 'Nothing is to be published: set litellm.file, clientFiles or registry');
  if (published.status !== 'True') return { ...published, type };
  const was = conditions.find((one) => one.type === type)?.status === 'True';
  const open = findings.find(
    ({ type, status, reason }) =>
      (type === 'Applied' || type === 'RegistryServed') &&
      // What Reloader does nobody is told.
      (status === 'False' || (status === 'Unknown' && reason !== 'Reloader' && !was)),
  );
  return open ? { ...open, type, status: 'False' } : { ...published, type };
}
