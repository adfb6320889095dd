/** Whether what fronts a server that ends TLS itself speaks TLS to it, and takes its certificate. */
import type { Finding } from '../../../api/condition.ts';
import { SERVERS_TRANSPORT } from '../../../children/backendtls.ts';
import { classOf, familyOf } from '../../../children/ingressclass.ts';
import { speaksTls } from '../../../children/scheme.ts';
import { no, type Part, type View } from './part.ts';

const type = 'BackendTLS';

/** Only where something may break: that it works is no news. */
export function backendTls(view: View): Part | undefined {
  if (!speaksTls(view.server)) return undefined;
  const finding = byIngress(view);
  return finding && { finding, counts: false };
}

function byIngress({ server, settings }: View): Finding | undefined {
  const { ingress, service } = server.spec;
  if (!ingress) return undefined;
  const { name, namespace } = server.metadata;
  const className = classOf(server, settings) || "the cluster's default";
  switch (familyOf(server, settings)) {
    case 'nginx':
      // It is told by an annotation, and verifies nothing unless it is asked to.
      return undefined;
    case 'traefik':
      if (service?.annotations?.[SERVERS_TRANSPORT] !== undefined) return undefined;
      return no(
        type,
        'CertificateNotVerified',
        `Traefik asks for a certificate of a pod's address, so unless it runs with serversTransport.insecureSkipVerify, requests by the Ingress fail with 500. Make a ServersTransport with the CA and the server's name, and name it in service.annotations: ${SERVERS_TRANSPORT}: ${namespace}-NAME@kubernetescrd`,
      );
    case 'istio':
      return no(
        type,
        'IngressNotTold',
        `Istio speaks TLS to the server only where a DestinationRule for ${name}.${namespace}.svc.${settings.clusterDomain} says so (trafficPolicy.tls.mode SIMPLE); without one, requests by the Ingress fail`,
      );
    case 'other': {
      const own = { ...ingress.annotations, ...service?.annotations };
      const remedy =
        'its own annotation for a backend that speaks HTTPS belongs in ingress.annotations or service.annotations';
      if (Object.keys(own).length === 0) {
        const message = `Nothing tells the ingress class ${className} that the server speaks HTTPS, so requests by the Ingress fail: ${remedy}`;
        return no(type, 'IngressNotTold', message);
      }
      const message = `Whether the ingress class ${className} speaks TLS to the server is up to annotations that are not known here: ${remedy}`;
      return { type, status: 'Unknown', reason: 'IngressDecides', message };
    }
  }
}
