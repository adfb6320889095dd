/**
 * The status of an MCPServer: phase, message, counts, addresses and conditions, from what is observed and nothing else.
 * The truth table that it follows stands in `docs/status.md` and is a test.
 */
import { toConditions } from '../../api/condition.ts';
import type { MCPServer, MCPServerStatus } from '../../api/mcpserver.ts';
import { canonical } from '../../children/canonical.ts';
import { selectorOf } from '../../children/identity.ts';
import { resolveImage } from '../../children/image.ts';
import { metricsUrl, serviceUrl } from '../../children/service.ts';
import type { Context } from '../contract.ts';
import { lastUpdated } from '../lastupdated.ts';
import { findings } from './conditions.ts';
import { explain, shorten } from './message.ts';
import { isAnswering, type Observation } from './observation.ts';
import { phaseOf, settling } from './phase.ts';
import type { Rollout } from './rollout.ts';

export function statusOf(parent: MCPServer, given: Observation, context: Context): MCPServerStatus {
  const previous = parent.status ?? {};
  const phase = phaseOf(given, previous.phase);
  const isSettling = !isAnswering(given) && (phase === 'Pending' || phase === 'Creating');
  const observation = isSettling ? { ...given, parts: settling(given.parts, previous, context.now) } : given;
  const { rollout, replicas, rendered, parts } = observation;
  const trouble = explain(parent, observation, phase);
  const answers = isAnswering(observation);
  const counts = countsOf(rollout, replicas, previous);
  const { settings } = context;

  const status: MCPServerStatus = canonical({
    phase,
    message: trouble === '' ? undefined : shorten(trouble),
    observedGeneration: parent.metadata.generation,
    ...counts,
    ready: `${counts.readyReplicas}/${replicas}`,
    selector: Object.entries(selectorOf(parent))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    image: rendered && resolveImage(rendered.spec, settings),
    readiness: {
      deployment: rollout.stage !== 'absent' && rollout.available >= replicas,
      service: observation.service && rollout.available > 0,
      ...Object.fromEntries(
        parts.flatMap(({ readiness, finding }) =>
          readiness ? [[readiness, finding.status === 'True']] : [],
        ),
      ),
    },
    endpoints:
      answers && rendered
        ? {
            service: serviceUrl(rendered, settings.clusterDomain),
            metrics: metricsUrl(rendered, settings.clusterDomain),
            public: parts.find(({ url, finding, serves }) => url && (serves || finding.status === 'True'))
              ?.url,
          }
        : undefined,
    ...observation.told,
    conditions: toConditions(
      findings(parent, observation, phase, trouble),
      previous.conditions ?? [],
      parent.metadata.generation,
      observation.moment,
    ),
  });
  return { ...status, lastUpdated: lastUpdated(status, previous, observation.moment) };
}

/**
 * Pods as a user counts them: those that a rolling update adds for a while are left out, and so is a first pod that was
 * never ready. Both would be writes that say nothing new.
 */
function countsOf(rollout: Rollout, replicas: number, previous: MCPServerStatus) {
  const bounded = (observed: number, before = 0) => Math.min(observed, Math.max(replicas, before));
  const started = rollout.ready > 0 || (previous.replicas ?? 0) > 0;
  return {
    replicas: started ? bounded(rollout.replicas, previous.replicas) : 0,
    readyReplicas: bounded(rollout.ready, previous.readyReplicas),
    availableReplicas: bounded(rollout.available, previous.availableReplicas),
  };
}
