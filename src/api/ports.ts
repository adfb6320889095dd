/** Ports of the pods beside that of MCP, in the names and forms of the core Pod and Service API. */
import { type Static, Type } from '@sinclair/typebox';
import { SidecarScheme } from './handlers.ts';
import { Int32, ListMap, OneOf, PORT_NAME, PortNumberOrName } from './schema.ts';
import { QUALIFIED_NAME } from './syntax.ts';

/** Names by which Service, probes and monitors refer to the ports of the server itself. */
export const SERVER_PORTS = ['mcp', 'metrics'] as const;

function PortName(description: string) {
  return Type.String({
    minLength: 1,
    maxLength: 15,
    pattern: PORT_NAME,
    description,
    hint: 'lower-case letters, digits and single -, with a letter, at most 15 characters',
  });
}

export function AppProtocol(description: string) {
  return Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: QUALIFIED_NAME,
    description,
    hint: 'a protocol such as http or kubernetes.io/h2c',
  });
}

const FurtherPort = Type.Object({
  name: PortName('Name of the port; `mcp` and `metrics` are taken.'),
  port: Int32({ minimum: 1, maximum: 65535, description: 'Port on which the container listens.' }),
  servicePort: Type.Optional(
    Int32({ minimum: 1, maximum: 65535, description: 'Port of the Service; the same where absent.' }),
  ),
  protocol: OneOf(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'Protocol.' }),
  appProtocol: Type.Optional(AppProtocol('What it speaks; not set where absent.')),
});

export const FurtherPorts = ListMap('name', FurtherPort, {
  maxItems: 16,
  description:
    'Further ports of the container, which the Service has as well. Whoever `networkPolicy.ingressFrom` names may call them; an Ingress and a route lead to `port` alone.',
  'x-kubernetes-validations': [
    {
      rule: `self.all(p, !(p.name in ${JSON.stringify(SERVER_PORTS).replaceAll('"', "'")}))`,
      message: `the names ${SERVER_PORTS.join(' and ')} are taken: choose others`,
    },
  ],
});

export const SidecarPorts = ListMap(
  'containerPort',
  Type.Object({
    name: Type.Optional(PortName('Name of the port, by which probes of the container may refer to it.')),
    containerPort: Int32({ minimum: 1, maximum: 65535, description: 'Number of the port.' }),
    protocol: Type.Optional(OneOf(['TCP', 'UDP', 'SCTP'], { description: 'Protocol; TCP where absent.' })),
  }),
  {
    minItems: 1,
    maxItems: 16,
    description:
      "Ports of the container, for those who read the pod. The server's Service has none of them. The names `mcp` and `metrics` are taken.",
    'x-kubernetes-validations': [
      {
        rule: `self.all(p, !has(p.name) || !(p.name in ${JSON.stringify(SERVER_PORTS).replaceAll('"', "'")}))`,
        message: 'the names mcp and metrics are taken by the server: choose others',
      },
      {
        rule: 'self.all(p, !has(p.name) || self.exists_one(q, has(q.name) && q.name == p.name))',
        message: 'two ports of a container must not have the same name',
      },
    ],
  },
);

/** One of a sidecar's own, by its number or by its name. */
export const SidecarPort = PortNumberOrName('Port of the container: its number, or its name in `ports`.');

export const sidecarTarget = { port: SidecarPort, scheme: SidecarScheme };

export type SidecarPorts = Static<typeof SidecarPorts>;
