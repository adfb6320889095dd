/** Whether the Ingress is served. */
import { ingressUrl, needsRewrite } from '../../../children/ingress.ts';
import { classOf, familyOf } from '../../../children/ingressclass.ts';
import type { KubernetesObject } from '../../contract.ts';
import { INGRESS, MIDDLEWARE } from '../kinds.ts';
import { addressTaken } from './addresstaken.ts';
import { label, no, off, type Part, type View, yes } from './part.ts';

export function ingress(view: View): Part | undefined {
  const { server, settings } = view;
  if (!server.spec.ingress) return undefined;
  const type = 'IngressReady';
  const readiness = 'ingress';
  const target = label(view, INGRESS);
  if (needsRewrite(server) && familyOf(server, settings) === 'traefik') {
    const disabled = off(view, type, 'ingress.publicPathPrefix', MIDDLEWARE);
    if (disabled) return { ...disabled, readiness };
    if (!view.observed(MIDDLEWARE)) {
      const message = `${label(view, MIDDLEWARE)} is not there`;
      return { finding: no(type, 'Missing', message), readiness, counts: true };
    }
  }
  const holders = view.holders(INGRESS);
  if (holders) {
    return {
      finding: addressTaken(type, `${target} is not made`, holders.values()),
      readiness,
      counts: true,
    };
  }
  const object = view.observed(INGRESS);
  if (!object) return { finding: no(type, 'Missing', `${target} is not there`), readiness, counts: true };
  const [given] = addressesOf(object);
  if (settings.ingress.strict && given === undefined) {
    const name = classOf(server, settings);
    const message = `${target}: no ingress controller has given it an address: does the one of ${
      name ? `class ${name}` : "the cluster's default class"
    } run, and does kubectl get ingressclass list it?`;
    return { finding: no(type, 'NoAddress', message), readiness, counts: true };
  }
  const message = given === undefined ? `${target} is there` : `${target}: served at ${given}`;
  return {
    finding: yes(type, given === undefined ? 'Present' : 'Served', message),
    readiness,
    counts: true,
    url: ingressUrl(server, settings, given),
  };
}

function addressesOf(object: KubernetesObject): string[] {
  const { loadBalancer } = (object.status ?? {}) as {
    loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] };
  };
  return (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => hostname ?? ip ?? []);
}
