/** Whether the Ingress is served. */
import { nameOf } from '../../../children/identity.ts';
import { ingressPath, ingressUrl, needsRewrite } from '../../../children/ingress.ts';
import { classOf, familyOf } from '../../../children/ingressclass.ts';
import { INGRESS, MIDDLEWARE } from '../kinds.ts';
import { addressTaken } from './addresstaken.ts';
import { addressesOf, label, no, off, type Part, type View, yes } from './part.ts';

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
  const conflict = view.conflict(INGRESS);
  if (conflict?.hosts.left.length === 0) {
    const finding = addressTaken(type, `${target} is not made`, conflict);
    return { finding, readiness, counts: true };
  }
  const paths = conflict?.paths.left ?? [ingressPath(server), ...(server.spec.ingress.extraPaths ?? [])];
  const further = needsRewrite(server) ? nameOf(server, 'paths') : server.metadata.name;
  const names = new Set([server.metadata.name, ...(paths.length > 1 ? [further] : [])]);
  let given: string | undefined;
  for (const name of names) {
    const target = label(view, INGRESS, name);
    const object = view.observed(INGRESS, name);
    if (!object) return { finding: no(type, 'Missing', `${target} is not there`), readiness, counts: true };
    const [address] = addressesOf(object);
    given ??= address;
    if (settings.ingress.strict && address === undefined) {
      const name = classOf(server, settings);
      const message = `${target}: no ingress controller has given it an address: does the one of ${
        name ? `class ${name}` : "the cluster's default class"
      } run, and does kubectl get ingressclass list it?`;
      return { finding: no(type, 'NoAddress', message), readiness, counts: true };
    }
  }
  const url = ingressUrl(server, settings, given);
  if (conflict) {
    const finding = addressTaken(
      type,
      `${label(view, INGRESS, further)} goes without ${conflict.paths.lost.join(', ')}`,
      conflict,
    );
    return { finding, readiness, counts: true, url, serves: true };
  }
  const message = given === undefined ? `${target} is there` : `${target}: served at ${given}`;
  const finding = yes(type, given === undefined ? 'Present' : 'Served', message);
  return { finding, readiness, counts: true, url };
}
