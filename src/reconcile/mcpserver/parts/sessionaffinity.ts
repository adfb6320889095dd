/** Whether a client stays with the pod that holds its session. */
import { classOf, familyOf } from '../../../children/ingressclass.ts';
import { isAffine, needsAffinity, wantsAffinity } from '../../../children/sessions.ts';
import { no, type Part, type View } from './part.ts';

/** Only where several pods hold sessions and what fronts them may send a client to another one: else it is no news. */
export function sessionAffinity({ server, settings }: View): Part | undefined {
  if (!needsAffinity(server)) return undefined;
  const type = 'SessionAffinity';
  const remedy = 'Set sessions: Stateless if the server keeps none, or run one replica';
  if (!isAffine(server)) {
    const effect = "a client's next request may reach another pod, which does not know its session";
    const finding = wantsAffinity(server)
      ? no(
          type,
          'LoadBalancerWithoutAffinity',
          `AWS, OCI and others make no load balancer for a Service with sessionAffinity ClientIP, so it has None, and ${effect}. Set service.sessionAffinity: ClientIP if your cloud takes it, sessions: Stateless if the server keeps none, or run one replica`,
        )
      : no(type, 'Disabled', `service.sessionAffinity is None, so ${effect}. ${remedy}`);
    return { finding, counts: false };
  }
  const { ingress: asked, route: routed } = server.spec;
  const family = asked && familyOf(server, settings);
  if (asked && (family === 'istio' || family === 'other')) {
    const name = classOf(server, settings) || "the cluster's default";
    const message = `The ingress class ${name} goes past the Service to the pods, and unless its own settings keep a client with its pod, sessions break. ${remedy}`;
    return { finding: no(type, 'IngressIgnoresAffinity', message), counts: false };
  }
  if (routed) {
    const message = `Unless the Gateway's own settings keep a client with its pod, as Traefik's are told to, sessions break. ${remedy}`;
    return { finding: { type, status: 'Unknown', reason: 'GatewayDecides', message }, counts: false };
  }
  return undefined;
}
