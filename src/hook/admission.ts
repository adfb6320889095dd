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
import type { ClientCertificates, RenderSettings } from '../settings.ts';
import { askForCertificate } from './certificates.ts';
import type { Metrics } from './metrics.ts';
import { AdmissionAnswer, AdmissionBody, Refusal } from './schemas.ts';

const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

interface Body {
  apiVersion?: string;
  kind?: string;
  request: AdmissionRequest;
}

/** @param clients who may ask; undefined: whoever gets here. */
export function admission(
  app: FastifyInstance,
  controllers: readonly Controller[],
  settings: RenderSettings,
  clients: ClientCertificates | undefined,
  metrics: Metrics,
): void {
  const byResource = new Map(
    controllers.map((one) => [`${one.parent.resource}.${one.parent.apiVersion}`, one]),
  );

  const withoutCertificate = askForCertificate(clients, metrics);

  app.post<{ Body: Body }>(
    '/admission/validate',
    {
      onRequest: async (request, reply) => withoutCertificate(request, reply),
      // The API server sends an object twice on an update, and takes none above 3 MiB.
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

function isKind(given: AdmissionRequest['kind'], wanted: AdmissionRequest['kind']): boolean {
  return given.group === wanted.group && given.version === wanted.version && given.kind === wanted.kind;
}

function isObject(value: unknown): value is KubernetesObject {
  const metadata = (value as { metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
}
