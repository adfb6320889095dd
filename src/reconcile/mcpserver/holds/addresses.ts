/** An Ingress or a route goes without the addresses that other servers have, and stays as it is where nothing is known of them. */
import { kindKey } from '../../contract.ts';
import { addressesOf, withoutTaken } from '../addresses.ts';
import { asObserved } from '../kept.ts';
import type { Hold } from '../plan.ts';

export const addresses: Hold = (plan, { request, live }) => {
  const found = addressesOf(plan.asked, live.children, request);
  const children = plan.children
    .flatMap((child) => withoutTaken(child, found))
    .flatMap((child) => (found.unknown.has(kindKey(child)) ? asObserved(child, request) : child));
  return { ...plan, addresses: found, children };
};
