/** The two hooks of a CompositeController, for every parent kind there is. */
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type {
  Controller,
  KubernetesObject,
  RelatedRule,
  SyncRequest,
  SyncResponse,
} from '../reconcile/contract.ts';
import type { RenderSettings } from '../settings.ts';
import type { Metrics } from './metrics.ts';
import { CustomizeAnswer, CustomizeBody, Refusal, Revision, SyncAnswer, SyncBody } from './schemas.ts';

/** A call that no answer exists for; its message is short and safe to show. */
class BadCall extends Error {
  statusCode = 400;
}

export function routes(
  app: FastifyInstance,
  controllers: readonly Controller[],
  settings: RenderSettings,
  metrics: Metrics,
  clock: () => Date,
): void {
  const byParent = new Map(controllers.map((one) => [`${one.parent.kind}.${one.parent.apiVersion}`, one]));

  const controllerOf = (parent: KubernetesObject): Controller => {
    const found = byParent.get(`${parent.kind}.${parent.apiVersion}`);
    if (found) return found;
    const known = controllers.map((one) => `${one.parent.kind} of ${one.parent.apiVersion}`).join(', ');
    throw new BadCall(`parent: no such kind here; known are ${known}`);
  };

  /** Runs one hook and counts it, whatever comes of it. */
  const measured = <T>(
    hook: 'sync' | 'customize',
    request: FastifyRequest,
    parent: KubernetesObject,
    work: () => T,
    resultOf: (answer: T) => string,
  ): { answer: T; milliseconds: number } => {
    const kind = controllerOf(parent).parent.kind;
    const start = performance.now();
    try {
      const answer = work();
      const milliseconds = performance.now() - start;
      metrics.duration.observe({ kind, hook }, milliseconds / 1000);
      metrics.calls.inc({ kind, hook, result: resultOf(answer) });
      metrics.size.observe({ direction: 'request' }, Number(request.headers['content-length'] ?? 0));
      return { answer, milliseconds };
    } catch (error) {
      metrics.calls.inc({ kind, hook, result: 'error' });
      throw error;
    }
  };

  app.post<{
    Body: { parent: KubernetesObject; children?: SyncRequest['children']; related?: SyncRequest['related'] };
  }>(
    '/sync',
    {
      schema: {
        summary: 'From an observed parent and its children to the wanted ones',
        body: SyncBody,
        querystring: Revision,
        response: { 200: SyncAnswer, '4xx': Refusal },
      },
      onSend: (_request, _reply, payload, done) => {
        if (typeof payload === 'string') metrics.size.observe({ direction: 'response' }, payload.length);
        done();
      },
    },
    async (request) => {
      const { parent, children = {}, related = {} } = request.body;
      const controller = controllerOf(parent);
      const now = `${clock().toISOString().slice(0, 19)}Z`;
      const { answer, milliseconds } = measured(
        'sync',
        request,
        parent,
        () => controller.sync({ parent, children, related }, { settings, now }),
        resultOfSync,
      );
      logSync(request.log, parent, answer, milliseconds);
      return answer;
    },
  );

  app.post<{ Body: { parent: KubernetesObject } }>(
    '/customize',
    {
      schema: {
        summary: 'Which other objects a parent wants to see',
        body: CustomizeBody,
        querystring: Revision,
        response: { 200: CustomizeAnswer, '4xx': Refusal },
      },
    },
    async (request): Promise<{ relatedResources: RelatedRule[] }> => {
      const { parent } = request.body;
      const controller = controllerOf(parent);
      const { answer } = measured(
        'customize',
        request,
        parent,
        () => controller.customize(parent, settings),
        () => 'ok',
      );
      return { relatedResources: answer };
    },
  );
}

function resultOfSync({ status }: SyncResponse): 'ok' | 'invalid' {
  const conditions = (status.conditions ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status: holds }) => type === 'SpecValid' && holds === 'False')
    ? 'invalid'
    : 'ok';
}

/** At info when the status says something new, else at debug. No line carries anything of a spec but names. */
function logSync(
  log: FastifyBaseLogger,
  parent: KubernetesObject,
  { status, children }: SyncResponse,
  milliseconds: number,
): void {
  const before = parent.status as { lastUpdated?: string } | undefined;
  const level = status.lastUpdated === before?.lastUpdated ? 'debug' : 'info';
  const { namespace, name, uid, generation } = parent.metadata;
  log[level](
    {
      kind: parent.kind,
      namespace,
      name,
      uid,
      generation,
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      phase: status.phase,
      children: children.length,
    },
    'synced',
  );
}
