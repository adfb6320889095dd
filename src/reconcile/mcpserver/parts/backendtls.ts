/** Whether what fronts a server that ends TLS itself speaks TLS to it, and takes its certificate. */
import type { Finding } from '../../../api/condition.ts';
import { SERVERS_TRANSPORT } from '../../../children/backendtls.ts';
import { classOf, familyOf } from '../../../children/ingressclass.ts';
import { speaksTls } from '../../../children/scheme.ts';
import { metricsPort } from '../../../children/servicemonitor.ts';
import type { ChildKind } from '../../contract.ts';
import { BACKEND_TLS_POLICY, HTTP_ROUTE, SERVICE_MONITOR } from '../kinds.ts';
import { label, no, off, type Part, type View, yes } from './part.ts';

const type = 'BackendTLS';
const unknown = (reason: string, message: string): Finding => ({ type, status: 'Unknown', reason, message });

/** One condition for all ways to the server: what fails hides what works. */
export function backendTls(view: View): Part | undefined {
  if (!speaksTls(view.server)) return undefined;
  const parts = [byIngress(view), withoutBackendTls(view), byRoute(view)].filter((one) => one !== undefined);
  const failing = parts.filter(({ finding }) => finding.status === 'False');
  const [first] = [...failing, ...parts.filter(({ finding }) => finding.status === 'Unknown'), ...parts];
  if (!first) return undefined;
  const message = (failing.length > 0 ? failing : [first]).map(({ finding }) => finding.message).join('. ');
  return { finding: { ...first.finding, message }, counts: failing.some(({ counts }) => counts) };
}

function byIngress({ server, settings }: View): Part | undefined {
  const { ingress, service } = server.spec;
  if (!ingress) return undefined;
  const { name, namespace } = server.metadata;
  const className = classOf(server, settings) || "the cluster's default";
  const found = (finding: Finding): Part => ({ finding, counts: false });
  switch (familyOf(server, settings)) {
    case 'nginx':
      // It is told by an annotation, and verifies nothing unless it is asked to.
      return undefined;
    case 'traefik': {
      if (service?.annotations?.[SERVERS_TRANSPORT] !== undefined) return undefined;
      const message = `Traefik asks for a certificate of a pod's address, so unless it runs with serversTransport.insecureSkipVerify, requests by the Ingress fail with 500. Make a ServersTransport with the CA and the server's name, and name it in service.annotations: ${SERVERS_TRANSPORT}: ${namespace}-NAME@kubernetescrd`;
      return found(no(type, 'CertificateNotVerified', message));
    }
    case 'istio': {
      const message = `Istio speaks TLS to the server only where a DestinationRule for ${name}.${namespace}.svc.${settings.clusterDomain} says so (trafficPolicy.tls.mode SIMPLE); without one, requests by the Ingress fail`;
      return found(no(type, 'IngressNotTold', message));
    }
    case 'other': {
      const own = { ...ingress.annotations, ...service?.annotations };
      const remedy =
        'its own annotation for a backend that speaks HTTPS belongs in ingress.annotations or service.annotations';
      if (Object.keys(own).length === 0) {
        const message = `Nothing tells the ingress class ${className} that the server speaks HTTPS, so requests by the Ingress fail: ${remedy}`;
        return found(no(type, 'IngressNotTold', message));
      }
      const message = `Whether the ingress class ${className} speaks TLS to the server is up to annotations that are not known here: ${remedy}`;
      return found(unknown('IngressDecides', message));
    }
  }
}

/** What goes wrong where nobody is told of the certificate. */
function withoutBackendTls(view: View): Part | undefined {
  const { backendTLS, route, observability } = view.server.spec;
  if (backendTLS) return undefined;
  const isRead = observability?.metrics?.enabled && metricsPort(view.server) === undefined;
  const failures = [
    ...(route && isOn(view, HTTP_ROUTE)
      ? [
          'a Gateway speaks plain HTTP to it, or does not know its certificate, and requests by the route fail',
        ]
      : []),
    ...(isRead && isOn(view, SERVICE_MONITOR)
      ? ['Prometheus does not know its certificate, and reads no metrics']
      : []),
  ];
  if (failures.length === 0) return undefined;
  const message = `The server ends TLS itself: ${failures.join('; ')}. Set backendTLS.caConfigMap to a ConfigMap with the CA of the certificate under ca.crt`;
  return { finding: no(type, 'NoBackendTLS', message), counts: false };
}

function isOn(view: View, kind: ChildKind): boolean {
  return off(view, type, '', kind) === undefined;
}

interface Ancestor {
  ancestorRef?: { name?: string };
  conditions?: (Finding & { observedGeneration?: number })[];
}

/** What the Gateways say of the BackendTLSPolicy. */
function byRoute(view: View): Part | undefined {
  const { backendTLS, route } = view.server.spec;
  if (!backendTLS || !route || !isOn(view, HTTP_ROUTE)) return undefined;
  const disabled = off(view, type, 'backendTLS', BACKEND_TLS_POLICY);
  if (disabled) {
    const message = `${disabled.finding.message}, and unless the Gateway knows the certificate by other means, requests by the route fail`;
    return { ...disabled, finding: { ...disabled.finding, message } };
  }
  const target = label(view, BACKEND_TLS_POLICY);
  const object = view.observed(BACKEND_TLS_POLICY);
  if (!object) return { finding: no(type, 'Missing', `${target} is not there`), counts: true };
  const { ancestors = [] } = (object.status ?? {}) as { ancestors?: Ancestor[] };
  for (const { name } of route.parentRefs) {
    // By name alone: not every controller puts down the namespace of the Gateway.
    const conditions = ancestors
      .filter(({ ancestorRef }) => ancestorRef?.name === name)
      .flatMap(({ conditions = [] }) => conditions)
      .filter(({ observedGeneration = 0 }) => observedGeneration >= (object.metadata.generation ?? 0));
    const refusals = conditions.filter(({ status }) => status === 'False');
    const refused =
      refusals.find(({ message }) => message) ??
      refusals.find((one) => one.type === 'Accepted') ??
      refusals[0];
    if (refused) {
      const message = `${target}: Gateway ${name} does not take it: ${refused.message || refused.reason}`;
      return { finding: no(type, refused.reason, message), counts: true };
    }
    if (conditions.some((one) => one.type === 'Accepted' && one.status === 'True')) continue;
    const message = `${target}: Gateway ${name} has not said that it goes by it. One that does not support BackendTLSPolicy speaks plain HTTP to the server, and requests by the route fail`;
    return { finding: unknown('NotAccepted', message), counts: false };
  }
  return { finding: yes(type, 'Accepted', `${target}: every Gateway has taken it`), counts: true };
}
