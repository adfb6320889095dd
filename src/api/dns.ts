/** How the pods find names, in the names and forms of the core Pod API. */
import { type Static, Type } from '@sinclair/typebox';
import { DNS1123_SUBDOMAIN, ListMap, OneOf } from './schema.ts';

/** Whether it is an address is for a rule to say; an address with a zone is none. */
const address = (description: string) =>
  Type.String({
    minLength: 2,
    maxLength: 45,
    pattern: '^[0-9a-fA-F.:]+$',
    description,
    hint: 'an IP address such as 10.0.0.10 or fd00::a',
  });

const domain = Type.String({
  minLength: 1,
  maxLength: 254,
  pattern: `^${DNS1123_SUBDOMAIN}\\.?$`,
  hint: 'a domain such as corp.example.com',
});

export const HostAliases = ListMap(
  'ip',
  Type.Object({
    ip: address('IP address of the hosts.'),
    hostnames: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: `^${DNS1123_SUBDOMAIN}$`,
        hint: 'a host name such as idp.example.com',
      }),
      { minItems: 1, maxItems: 32, description: 'Names of the hosts.' },
    ),
  }),
  {
    minItems: 1,
    maxItems: 64,
    description: 'Names that the pods know without DNS: lines of their /etc/hosts.',
  },
);

export const DnsPolicy = OneOf(['ClusterFirst', 'Default', 'None'], {
  description:
    "Whom the pods ask: the cluster's DNS (`ClusterFirst`, also where absent), whom the node asks (`Default`), or `dnsConfig` alone (`None`).",
});

export const DnsConfig = Type.Object(
  {
    nameservers: Type.Optional(
      Type.Array(address('IP address of a name server.'), {
        minItems: 1,
        maxItems: 3,
        description: 'Name servers, after those of dnsPolicy.',
      }),
    ),
    searches: Type.Optional(
      Type.Array(domain, {
        minItems: 1,
        maxItems: 32,
        description: 'Domains in which a short name is looked for, after those of dnsPolicy.',
      }),
    ),
    options: Type.Optional(
      ListMap(
        'name',
        Type.Object({
          name: Type.String({
            minLength: 1,
            maxLength: 63,
            pattern: '^[a-z0-9_-]+$',
            description: 'Name of the option, such as ndots.',
            hint: 'a name such as ndots or single-request-reopen',
          }),
          value: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 63,
              pattern: '^[A-Za-z0-9_.-]+$',
              description: 'Its value, where it has one.',
              hint: 'a value such as "1", quoted where it is a number',
            }),
          ),
        }),
        {
          minItems: 1,
          maxItems: 16,
          description: 'Options of the resolver; they win over those of dnsPolicy.',
        },
      ),
    ),
  },
  { description: 'What is added to dnsPolicy: see resolv.conf(5).' },
);

export type HostAliases = Static<typeof HostAliases>;
export type DnsConfig = Static<typeof DnsConfig>;
