/** What is legal and unwise: said once, to whoever applies it, and never a reason to refuse. */
import { isMoving } from '../api/image.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import type { Problem } from '../api/problem.ts';
import type { Path } from '../api/sites.ts';
import { tooManySessions } from '../children/bridge.ts';
import { secretVariables } from '../children/externalsecret.ts';
import { nameOf } from '../children/identity.ts';
import { resolveImage } from '../children/image.ts';
import { needsRewrite } from '../children/ingress.ts';
import { familyOf } from '../children/ingressclass.ts';
import { surges } from '../children/strategy.ts';
import { isBridged } from '../children/transport.ts';
import { isVerified } from '../children/verification.ts';
import type { Feature } from '../environment.ts';
import type { RenderSettings } from '../settings.ts';
import type { Rule } from './rule.ts';

const SECRET_NAME =
  /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(_|$)/i;

const advice = (path: Path, detail: string): Problem => ({ path: ['spec', ...path], detail });

const tagStaysTheSame: Rule = ({ spec }, settings) => {
  const image = resolveImage(spec, settings);
  return image !== '' && isMoving(image)
    ? [
        advice(
          [spec.package ? 'package' : 'image'],
          'without a tag, or with latest, a restart may bring another version; name a tag or a digest',
        ),
      ]
    : [];
};

const secretsAreSecrets: Rule = ({ spec }) =>
  (spec.env ?? []).flatMap(({ name, value }, at) =>
    value && SECRET_NAME.test(name)
      ? [
          advice(
            ['env', at, 'value'],
            `${name} looks like a secret, and everyone who may read this server reads it: use secretName, secrets or valueFrom`,
          ),
        ]
      : [],
  );

/** The new pod waits for a volume that the old one keeps until the new one is ready. */
const claimsCanFollow: Rule = ({ spec }) =>
  surges(spec)
    ? (spec.pod?.volumes ?? []).flatMap(({ persistentVolumeClaim }, at) =>
        persistentVolumeClaim
          ? [
              advice(
                ['pod', 'volumes', at, 'persistentVolumeClaim'],
                'an update starts a pod beside the old one, and only one node may have a ReadWriteOnce volume: strategy: {type: Recreate}, or rollingUpdate: {maxSurge: 0}',
              ),
            ]
          : [],
      )
    : [];

/** Of a volume that one node has at a time, pods of other nodes get nothing, however they are replaced. */
const claimsAreForOnePod: Rule = ({ spec }) => {
  const most = Math.max(spec.replicas, spec.autoscaling?.maxReplicas ?? 0);
  if (most <= 1) return [];
  return (spec.pod?.volumes ?? []).flatMap(({ persistentVolumeClaim }, at) =>
    persistentVolumeClaim
      ? [
          advice(
            ['pod', 'volumes', at, 'persistentVolumeClaim'],
            `up to ${most} pods share it, and only one node may have a ReadWriteOnce volume: take a claim that is ReadWriteMany or ReadOnlyMany, or one pod`,
          ),
        ]
      : [],
  );
};

/** Everything else is built; the condition of the part says so later, where fewer people look. */
const askedForKindsExist: Rule = (server, settings) => {
  const { secrets, observability, route, backendTLS, litellm } = server.spec;
  const waitsForSecrets = secretVariables(server).required.length > 0;
  const asked: [Path, Feature, boolean, string][] = [
    [
      ['secrets'],
      'externalsecrets',
      Boolean(secrets?.length),
      waitsForSecrets
        ? `no ExternalSecret is made, and pods wait for the Secret ${nameOf(server, 'secrets')}`
        : 'no ExternalSecret is made',
    ],
    [
      ['observability', 'metrics'],
      'servicemonitors',
      Boolean(observability?.metrics?.enabled),
      'no ServiceMonitor is made',
    ],
    [['route'], 'httproutes', route !== undefined, 'no HTTPRoute is made'],
    [
      ['backendTLS'],
      'backendtlspolicies',
      route !== undefined && backendTLS !== undefined,
      'no BackendTLSPolicy is made',
    ],
    [
      ['ingress', 'publicPathPrefix'],
      'middlewares',
      needsRewrite(server) && familyOf(server, settings) === 'traefik',
      'no Middleware is made, and the Ingress refers to one',
    ],
    [
      ['litellm', 'autoRegister'],
      'catalogs',
      litellm?.autoRegister === true,
      'no catalog takes the server up',
    ],
  ];
  return asked
    .filter(([, feature, wanted]) => wanted && !settings.features.has(feature))
    .map(([path, feature, , lost]) =>
      advice(
        path,
        `the operator's FEATURES lack ${feature}, so ${lost}: add it there, or ask whoever runs the operator`,
      ),
    );
};

/** It waits for ever, and only the status says so. */
const requiredVerificationIsPossible: Rule = ({ spec }, { runtimeImage }) =>
  spec.verify?.mode === 'Require' && runtimeImage === ''
    ? [
        advice(
          ['verify', 'mode'],
          "Require has the address wait until the server is verified, and the operator's MCP_RUNTIME_IMAGE names no image to verify it with: set it there, or ask whoever runs the operator",
        ),
      ]
    : [];

/** Before there was a scheme, 443 was a number like any other. */
const schemeOf443IsSaid: Rule = ({ spec }) =>
  spec.servicePort === 443 &&
  spec.scheme === undefined &&
  spec.backendTLS === undefined &&
  !isBridged({ spec })
    ? [
        advice(
          ['servicePort'],
          '443 without a scheme means that the server ends TLS itself, so probes and clients use HTTPS: set scheme to HTTPS, or to HTTP where it does not',
        ),
      ]
    : [];

/** Everything else is built. */
const bridgeIsThere: Rule = ({ spec }, { runtimeImage }) =>
  isBridged({ spec }) && runtimeImage === ''
    ? [
        advice(
          ['transport'],
          "the bridge of servers that speak stdio comes from the operator's MCP_RUNTIME_IMAGE, which names none, so no pod is made: set it there, or ask whoever runs the operator",
        ),
      ]
    : [];

/** The kernel ends the whole container then, and with it every session. */
const sessionsFitTheirMemory: Rule = (server, settings) => {
  const found = tooManySessions(server, settings);
  if (!found) return [];
  const { sessions, memory, limit } = found;
  const path =
    server.spec.stdio?.maxSessions === undefined
      ? ['resources', 'limits', 'memory']
      : ['stdio', 'maxSessions'];
  return [
    advice(
      path,
      `${sessions === 1 ? 'a session' : `${sessions} sessions`} with a process of 80Mi each, as of a small server of Node.js or Python, may take ${memory} with the bridge, and the container's limit is ${limit}: raise the limit, lower maxSessions, or share a process (sessions: Shared)`,
    ),
  ];
};

/** The annotations of ingress classes name Secrets and kinds of their own. */
const backendTlsIsUsed: Rule = (server, settings) => {
  const { backendTLS, route, observability } = server.spec;
  return backendTLS && !route && !observability?.metrics?.enabled && !isVerified(server, settings)
    ? [
        advice(
          ['backendTLS'],
          'is for a route and for metrics, of which there is neither: no Ingress goes by it',
        ),
      ]
    : [];
};

const all: readonly Rule[] = [
  tagStaysTheSame,
  secretsAreSecrets,
  claimsCanFollow,
  claimsAreForOnePod,
  schemeOf443IsSaid,
  bridgeIsThere,
  sessionsFitTheirMemory,
  askedForKindsExist,
  requiredVerificationIsPossible,
  backendTlsIsUsed,
];

/** @param server one that the schema lets through, with its defaults. */
export function adviceFor(server: MCPServer, settings: RenderSettings): Problem[] {
  return all.flatMap((rule) => rule(server, settings));
}
