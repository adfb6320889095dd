/** Addresses and ranges of them, in the one form that the API server takes in a NetworkPolicy or a pod. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Its first address, and how many leading bits all of its addresses share. */
export type Range = [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** Whether a text is an address. One of IPv4 in the form of IPv6 is none to the API server. */
export function isAddress(text: string): boolean {
  const version = isIP(text);
  return version === 4 || (version === 6 && !ipaddr.IPv6.parse(text).isIPv4MappedAddress());
}

export const NO_RANGE = 'must be a range such as 10.0.0.0/8 or fd00::/8';

/** @returns undefined where the text is no range, or one with bits set beyond its length. */
export function rangeOf(text: string): Range | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(text);
  const network = (address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(text);
  // The library also reads 10.1/16 and 0x0a.0.0.0/8.
  const plain = isAddress(text.split('/')[0]!);
  return plain && network.toNormalizedString() === address.toNormalizedString() ? [address, bits] : undefined;
}
