/** `POST /admission/validate`: the validating webhook, for every parent kind there is. */
import type { FastifyInstance } from 'fastify';
import {
  type AdmissionRequest,
  type AdmissionReview,
  answerTo,
  misdirected,
  REVIEW,
} from '../admission/review.ts';
import type { Controller, KubernetesObject } from '../reconcile/contract.ts';
import type { Settings } from '../settings.ts';
import { askForCertificate } from './certificates.ts';
import type { Metrics } from './metrics.ts';
import { askToComeAgain, places } from './places.ts';
import { AdmissionAnswer, AdmissionBody, Refusal } from './schemas.ts';

/** The API server sends an object twice on an update, and takes none above 3 MiB. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
/** Whoever reaches the port may send as much: so many bodies of that size are held at once. */
const BODIES_AT_ONCE = 4;
/**
 * Values of a review, each of which takes many times its bytes when parsed: `[{},{},...]` alone would take all memory
 * there is. A server that the schema allows has a few thousand, and labels without end, each of which the API server records
 * twice more; twice the largest that etcd takes stays below.
 */
const MOST_VALUES = 500_000;
/** What is shorter cannot have much more of them. */
const COUNTED_FROM_BYTES = 512 * 1024;
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

interface Body {
  apiVersion?: string;
  kind?: string;
  request: AdmissionRequest;
}

/** @param app a scope of this route alone: it reads bodies in its own way. */
export function admission(
  app: FastifyInstance,
  controllers: readonly Controller[],
  { render: settings, service }: Settings,
  metrics: Metrics,
): void {
  const byResource = new Map(
    controllers.map((one) => [`${one.parent.resource}.${one.parent.apiVersion}`, one]),
  );

  const withoutCertificate = askForCertificate(service.admissionClients, metrics);
  const takePlace = places(app, {
    calls: service.maxInFlight,
    bytes: BODIES_AT_ONCE * BODY_LIMIT_BYTES,
    bodyBytes: BODY_LIMIT_BYTES,
  });
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text.length > COUNTED_FROM_BYTES && hasMoreValues(text, MOST_VALUES)) done(new TooManyValues());
    else parse(request, text, done);
  });

  app.post<{ Body: Body }>(
    '/admission/validate',
    {
      onRequest: async (request, reply) => {
        const turnedAway = withoutCertificate(request, reply);
        if (turnedAway || takePlace(request, reply)) return turnedAway;
        return askToComeAgain(reply, metrics, { reason: 'overload', error: 'too many calls at once' });
      },
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Whether a write may be stored: AdmissionReview of admission.k8s.io/v1',
        body: AdmissionBody,
        response: { 200: AdmissionAnswer, '4xx': Refusal },
      },
    },
    async ({ body }): Promise<AdmissionReview> => {
      const start = performance.now();
      const { kind, review } = judge(body);
      const { allowed } = review.response;
      metrics.duration.observe({ kind, hook: 'admission' }, (performance.now() - start) / 1000);
      metrics.calls.inc({ kind, hook: 'admission', result: allowed ? 'ok' : 'invalid' });
      return review;
    },
  );

  function judge({ apiVersion, kind, request }: Body): { kind: string; review: AdmissionReview } {
    const refuse = (message: string) => ({ kind: 'other', review: misdirected(request.uid, message) });
    if (apiVersion !== REVIEW.apiVersion || kind !== REVIEW.kind) {
      return refuse(`this webhook takes ${REVIEW.kind} of ${REVIEW.apiVersion}`);
    }
    const { group, version, resource } = request.resource;
    const controller = byResource.get(`${resource}.${group}/${version}`);
    if (!controller) return refuse(`this webhook does not judge ${resource}.${group}/${version}`);
    const answered = (verdict: Parameters<typeof answerTo>[1]) => ({
      kind: controller.parent.kind,
      review: answerTo(request, verdict),
    });
    if (request.operation === 'DELETE') return answered({ problems: [], warnings: [] });
    if (!isObject(request.object)) return refuse('request.object is no Kubernetes object');
    const before = isObject(request.oldObject) ? request.oldObject : undefined;
    if (request.subResource === 'scale') {
      return isKind(request.kind, SCALE)
        ? answered(controller.admitScale(request.object, before, settings))
        : refuse('the scale subresource is judged as Scale of autoscaling/v1');
    }
    if (request.subResource) return answered({ problems: [], warnings: [] });
    return answered(controller.admit(request.object, before, settings));
  }
}

class TooManyValues extends Error {
  statusCode = 413;
  constructor() {
    super(`the review has more than ${MOST_VALUES} values`);
  }
}

/** Whether a JSON text has more than so many values: all but one stand behind a comma, a bracket or a brace. */
function hasMoreValues(text: string, most: number): boolean {
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') inString = !inString;
    else if (inString && sign === '\\') at++;
    else if (!inString && (sign === ',' || sign === '[' || sign === '{') && ++count > most) return true;
  }
  return false;
}

function isKind(given: AdmissionRequest['kind'], wanted: AdmissionRequest['kind']): boolean {
  return given.group === wanted.group && given.version === wanted.version && given.kind === wanted.kind;
}

function isObject(value: unknown): value is KubernetesObject {
  const metadata = (value as { metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
}
