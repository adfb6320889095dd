/** The Service of a server. */
import { Type } from '@sinclair/typebox';
import { Annotations, Labels } from './metadata.ts';
import { AppProtocol } from './ports.ts';
import { type CelRule, OneOf } from './schema.ts';
import { QUALIFIED_NAME } from './syntax.ts';

/** An older way to say `loadBalancerSourceRanges`. The API server refuses it for other types just as well. */
const RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';

export const ServiceOptions = Type.Object(
  {
    type: OneOf(['ClusterIP', 'NodePort', 'LoadBalancer'], {
      default: 'ClusterIP',
      description: 'Who can reach it, as in a Service.',
    }),
    labels: Type.Optional(Labels('Labels of the Service.')),
    annotations: Type.Optional(Annotations('Annotations of the Service.')),
    appProtocol: Type.Optional(
      AppProtocol(
        'What the port that serves MCP speaks, for gateways that go by it, such as `agentgateway.dev/mcp`; `http` where absent.',
      ),
    ),
    sessionAffinity: Type.Optional(
      OneOf(['None', 'ClientIP'], {
        description:
          'Whether a client stays with one pod. Where absent: ClientIP for several pods of a server whose `sessions` are Stateful, but None for the type LoadBalancer, for AWS, OCI and others make no load balancer with ClientIP.',
      }),
    ),
    externalTrafficPolicy: Type.Optional(
      OneOf(['Cluster', 'Local'], {
        description:
          'Whether calls from outside go to pods of every node, or only to those of the node that they reach, which keeps the address of the client; Cluster where absent. For the types NodePort and LoadBalancer.',
      }),
    ),
    loadBalancerClass: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: QUALIFIED_NAME,
        description:
          "Which implementation makes the load balancer; the cluster's own where absent. While the Service is there it cannot change.",
        hint: 'a name such as service.k8s.aws/nlb',
      }),
    ),
    loadBalancerSourceRanges: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        minItems: 1,
        maxItems: 64,
        description:
          'Ranges such as 10.0.0.0/8 that the load balancer lets in, where the cloud can do that; everybody where absent.',
      }),
    ),
  },
  {
    description: 'The Service of the server.',
    'x-kubernetes-validations': [
      forLoadBalancer('loadBalancerClass'),
      forLoadBalancer('loadBalancerSourceRanges'),
      {
        rule: "!has(self.externalTrafficPolicy) || self.type != 'ClusterIP'",
        message: 'is for the types NodePort and LoadBalancer: set one of them, or leave it out',
        fieldPath: '.externalTrafficPolicy',
      },
      {
        rule: `!has(self.annotations) || !('${RANGES_ANNOTATION}' in self.annotations) || self.type == 'LoadBalancer'`,
        message: `${RANGES_ANNOTATION} is for the type LoadBalancer: set that, or leave it out`,
        fieldPath: '.annotations',
      },
    ],
  },
);

function forLoadBalancer(field: string): CelRule {
  return {
    rule: `!has(self.${field}) || self.type == 'LoadBalancer'`,
    message: 'is for the type LoadBalancer: set that, or leave it out',
    fieldPath: `.${field}`,
  };
}
