/** What the API server refuses of names and resolvers, where no one would hear of it. */
import { isAddress } from '../api/cidr.ts';
import type { Path } from '../api/sites.ts';
import { invalid, type Rule } from './rule.ts';

export const resolversAreAddresses: Rule = ({ spec }) => {
  const { hostAliases = [], dnsConfig } = spec.pod ?? {};
  const named: [Path, string][] = [
    ...hostAliases.map(({ ip }, index): [Path, string] => [['pod', 'hostAliases', index, 'ip'], ip]),
    ...(dnsConfig?.nameservers ?? []).map((server, index): [Path, string] => [
      ['pod', 'dnsConfig', 'nameservers', index],
      server,
    ]),
  ];
  return named
    .filter(([, address]) => !isAddress(address))
    .map(([path, address]) =>
      invalid(path, address, 'must be an IP address such as 10.0.0.10, or fd00::a in quotes'),
    );
};

/** All of them together are one line of the pods' resolv.conf. */
const MOST_SEARCH_CHARACTERS = 2048;

export const searchesFit: Rule = ({ spec }) => {
  const { searches = [] } = spec.pod?.dnsConfig ?? {};
  const { length } = searches.join(' ');
  if (length <= MOST_SEARCH_CHARACTERS) return [];
  const detail = `Too long: ${length} characters, and all together may have ${MOST_SEARCH_CHARACTERS}: leave some out`;
  return [{ path: ['spec', 'pod', 'dnsConfig', 'searches'], detail }];
};
