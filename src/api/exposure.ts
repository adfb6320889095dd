/** Who reaches the server past its Service: Ingress, HTTPRoute and NetworkPolicy. */
import { type Static, Type } from '@sinclair/typebox';
import { Annotations, LabelSelector, Labels } from './metadata.ts';
import { atMostOne, DNS1123_SUBDOMAIN, Int32, LabelName, ListMap, ObjectName, OneOf } from './schema.ts';
import { DOTTED_PATH, GATEWAY_DURATION, HOST, PATH_PREFIX, PUBLIC_PATH } from './syntax.ts';

const PATH_HINT =
  'a path that starts with /, without empty segments, escapes or segments that start with a dot';

/** @returns a path of a URL. */
export function UrlPath(description: string) {
  return Type.String({ minLength: 1, maxLength: 256, pattern: PUBLIC_PATH, description, hint: PATH_HINT });
}

const furtherPaths = (what: string) =>
  Type.Optional(
    Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 256,
        pattern: DOTTED_PATH,
        description: 'A path.',
        hint: 'a path that starts with /, without escapes and segments that are empty, . or ..',
      }),
      {
        maxItems: 8,
        description: `Further public paths, with all that is under them: passed on as they are, and never rewritten. ${what}`,
        'x-kubernetes-list-type': 'set',
      },
    ),
  );

const host = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: HOST,
    description,
    hint: 'a host name such as mcp.example.com, perhaps with *. in front',
  });

export const BackendTls = Type.Object(
  {
    caConfigMap: Type.Optional(
      ObjectName(
        'A ConfigMap of the namespace with the CA, PEM, under `ca.crt`. Where absent, the CAs that everybody trusts; then `hostname` has to be there.',
      ),
    ),
    hostname: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: `^${DNS1123_SUBDOMAIN}$`,
        description: 'Name that the certificate has. Where absent, `NAME.NAMESPACE.svc`.',
        hint: 'a host name such as search.default.svc',
      }),
    ),
  },
  {
    description:
      'By what Gateways and Prometheus verify the certificate of a server whose `scheme` is HTTPS. Beside `route` a BackendTLSPolicy is made of it.',
    'x-kubernetes-validations': [
      {
        rule: 'has(self.caConfigMap) || has(self.hostname)',
        message: 'without caConfigMap there must be a hostname: no public CA signs names of the cluster',
      },
    ],
  },
);

export const IngressOptions = Type.Object(
  {
    host: Type.Optional(
      host('Host name of the public address. Where absent, the one that the settings name.'),
    ),
    path: Type.Optional(
      UrlPath(
        "Public path, as far as it is the server's own: its `path`, or a part of that from the left. Where absent, its `path` (for the transport sse: /).",
      ),
    ),
    publicPathPrefix: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: PATH_PREFIX,
        description: "Serves at `/PREFIX/mcp` instead, and rewrites that to the server's `path`.",
        hint: 'one or more path segments such as search or tools/search',
      }),
    ),
    extraPaths: furtherPaths(
      'Such as `/.well-known/oauth-protected-resource/tools/notes/mcp`, where clients look for the OAuth metadata of a server at `/tools/notes/mcp`.',
    ),
    className: Type.Optional(
      ObjectName('Name of the IngressClass. Where absent, the one that the settings name.'),
    ),
    annotations: Type.Optional(Annotations("Annotations of the Ingress; they win over the operator's own.")),
    tlsSecretName: Type.Optional(
      ObjectName('A Secret of type kubernetes.io/tls for the host; makes the public address https.'),
    ),
  },
  {
    description: 'An Ingress. There is one only where this is given.',
    'x-kubernetes-validations': [atMostOne(['path', 'publicPathPrefix'])],
  },
);

const timeout = (description: string) =>
  Type.Optional(
    Type.String({
      maxLength: 32,
      pattern: GATEWAY_DURATION,
      description,
      hint: 'a duration such as 30s or 1h30m, or 0s for none',
    }),
  );

const RouteTimeouts = Type.Object(
  {
    request: timeout('How long the whole answer may take, streams included; `0s`: as long as it wants.'),
    backendRequest: timeout('How long one attempt at the server may take; `0s`: as long as it wants.'),
  },
  {
    description:
      'Time limits of requests. One that is absent is up to the Gateway; `{}` leaves both out, for Gateways that refuse them. Where absent as a whole, `request` is what the settings say (`0s` unless they say otherwise).',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.request) || !has(self.backendRequest) || duration(self.request) == duration('0s') || duration(self.backendRequest) <= duration(self.request)",
        message: 'backendRequest must not be longer than request',
        fieldPath: '.backendRequest',
      },
    ],
  },
);

export const RouteOptions = Type.Object(
  {
    labels: Type.Optional(Labels('Labels of the HTTPRoute.')),
    annotations: Type.Optional(Annotations('Annotations of the HTTPRoute.')),
    parentRefs: ListMap(
      'name',
      Type.Object({
        name: ObjectName('Name of the Gateway.'),
        namespace: Type.Optional(LabelName("Its namespace; the server's own where absent.")),
        sectionName: Type.Optional(ObjectName('One listener of it; all that fit where absent.')),
        port: Type.Optional(
          Int32({ minimum: 1, maximum: 65535, description: 'Listeners of this port; all where absent.' }),
        ),
      }),
      { minItems: 1, maxItems: 16, description: 'Gateways that the route attaches to.' },
    ),
    hostnames: Type.Optional(
      Type.Array(host('A host name.'), {
        maxItems: 16,
        description: "Host names of the public address; the Gateway's own where absent.",
        'x-kubernetes-list-type': 'set',
      }),
    ),
    path: Type.Optional(
      UrlPath("Public path; rewritten to the server's `path` where it is not a part of that from the left."),
    ),
    extraPaths: furtherPaths('As `ingress.extraPaths`.'),
    scheme: Type.Optional(
      OneOf(['http', 'https'], {
        description:
          "What the Gateway's listener speaks, for the address in the status. Where absent, what the settings say.",
      }),
    ),
    timeouts: Type.Optional(RouteTimeouts),
  },
  { description: 'An HTTPRoute of the Gateway API. There is one only where this is given.' },
);

const peer = {
  podSelector: Type.Optional(
    LabelSelector("Pods; of the server's own namespace unless namespaceSelector says more."),
  ),
  namespaceSelector: Type.Optional(
    LabelSelector('Namespaces; all of their pods unless podSelector says less.'),
  ),
  ipBlock: Type.Optional(
    Type.Object(
      {
        cidr: Type.String({ minLength: 1, maxLength: 64, description: 'Range such as 10.0.0.0/8.' }),
        except: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
            maxItems: 32,
            description: 'Ranges within it that are left out.',
          }),
        ),
      },
      { description: 'Addresses outside the cluster.' },
    ),
  ),
};
const peerRules = [
  {
    rule: 'has(self.ipBlock) != (has(self.podSelector) || has(self.namespaceSelector))',
    message: 'either ipBlock, or podSelector and namespaceSelector or one of them, must be set',
  },
];

const Peer = Type.Object(peer, { 'x-kubernetes-validations': peerRules });

const port = (description?: string) =>
  Int32({ minimum: 1, maximum: 65535, ...(description && { description }) });

const NetworkPolicyPort = Type.Object({
  port: port("Port of the peer's pods, where the port of a Service in front of them is another."),
  protocol: OneOf(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'Protocol.' }),
});

const DnsOptions = Type.Object(
  {
    ports: Type.Optional(
      Type.Array(port(), {
        minItems: 1,
        maxItems: 8,
        'x-kubernetes-list-type': 'set',
        description:
          'Ports at which the pods of DNS listen, each by UDP and TCP. Absent: those that the settings name.',
      }),
    ),
    peers: Type.Optional(
      Type.Array(Peer, {
        maxItems: 8,
        description:
          'Who is asked for names. Absent: whom the settings name, or everybody at these ports. Empty: nobody, so that no name resolves.',
      }),
    ),
  },
  { description: 'How DNS is let out beside `egressTo`.' },
);

export const NetworkPolicyOptions = Type.Object(
  {
    ingressFrom: Type.Optional(
      Type.Array(Peer, {
        maxItems: 32,
        description:
          'Who may call the server. Absent: everybody. Empty: nobody but, where the spec uses them, the ingress controllers, gateways and monitoring that the settings name, and the namespaces of its Gateways.',
      }),
    ),
    egressTo: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...peer,
            ports: Type.Optional(
              Type.Array(NetworkPolicyPort, {
                maxItems: 32,
                description: 'On which ports; all where absent.',
              }),
            ),
          },
          { 'x-kubernetes-validations': peerRules },
        ),
        {
          maxItems: 32,
          description: 'Whom the server may call, beside DNS. Absent: everybody. Empty: nobody else.',
        },
      ),
    ),
    dns: Type.Optional(DnsOptions),
  },
  {
    description: 'A NetworkPolicy for the pods. Each direction is closed only where its list is given.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.dns) || has(self.egressTo)',
        message: 'dns goes with egressTo: without that DNS is open, as everything is',
        fieldPath: '.dns',
      },
    ],
  },
);

export type IngressOptions = Static<typeof IngressOptions>;
export type RouteOptions = Static<typeof RouteOptions>;
export type Peer = Static<typeof Peer>;
export type NetworkPolicyOptions = Static<typeof NetworkPolicyOptions>;
