/** What the condition BackendTLS says of each way to a server that ends TLS itself. */
import t from 'tap';
import type { MCPServerStatus } from '../../../src/api/mcpserver.ts';
import { FEATURES } from '../../../src/environment.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { NOW, type Observed, requestOf } from '../golden.ts';

/** @returns status and reason of the condition; undefined where there is none. */
function backendTls(
  spec: object,
  observed: Observed = {},
  features = FEATURES.join(','),
): string | undefined {
  const { render: settings } = loadSettings({ FEATURES: features });
  const parent = { spec: { image: 'ghcr.io/acme/search:1', ...spec } };
  const request = requestOf({ parent, observed: { pods: { ready: 1 }, ...observed } }, settings);
  const status = mcpServerController.sync(request, { settings, now: NOW }).status as MCPServerStatus;
  const found = status.conditions?.find(({ type }) => type === 'BackendTLS');
  return found && `${found.status} ${found.reason}`;
}

const host = 'mcp.acme.com';
const https = { scheme: 'HTTPS' };

t.test('a server that speaks HTTP, or that nobody fronts, has none', async (t) => {
  t.equal(backendTls({ ingress: { host } }), undefined);
  t.equal(backendTls({ scheme: 'HTTP', servicePort: 443, ingress: { host } }), undefined);
  t.equal(backendTls(https), undefined);
});

t.test('nginx is told, and verifies nothing', async (t) => {
  t.equal(backendTls({ ...https, ingress: { host, className: 'nginx' } }), undefined);
  t.equal(backendTls({ servicePort: 443, ingress: { host, className: 'nginx' } }), undefined);
});

t.test('Traefik is told, and wants a ServersTransport', async (t) => {
  const ingress = { host, className: 'traefik' };
  t.equal(backendTls({ ...https, ingress }), 'False CertificateNotVerified');
  const annotations = { 'traefik.ingress.kubernetes.io/service.serverstransport': 'default-a@kubernetescrd' };
  t.equal(backendTls({ ...https, ingress, service: { annotations } }), undefined);
});

t.test('of other classes it is the user who knows what they have to be told', async (t) => {
  t.equal(backendTls({ ...https, ingress: { host, className: 'istio' } }), 'False IngressNotTold');
  t.equal(backendTls({ ...https, ingress: { host, className: 'alb' } }), 'False IngressNotTold');
  const annotations = { 'alb.ingress.kubernetes.io/backend-protocol': 'HTTPS' };
  t.equal(
    backendTls({ ...https, ingress: { host, className: 'alb', annotations } }),
    'Unknown IngressDecides',
  );
  t.equal(
    backendTls({ ...https, ingress: { host, className: 'gce' }, service: { annotations: { a: 'b' } } }),
    'Unknown IngressDecides',
  );
});

const route = { parentRefs: [{ name: 'public', namespace: 'gateways' }], hostnames: [host] };
const backendTLS = { caConfigMap: 'ca' };
/** What a Gateway of some name says of the policy. */
const said = (name: string, ...conditions: [string, string, string, string?][]): Observed => ({
  statuses: {
    BackendTLSPolicy: {
      ancestors: [
        {
          ancestorRef: { name },
          conditions: conditions.map(([type, status, reason, message = '']) => ({
            type,
            status,
            reason,
            message,
            observedGeneration: 3,
          })),
        },
      ],
    },
  },
});

t.test('Gateways and Prometheus have to be told of the certificate', async (t) => {
  t.equal(backendTls({ ...https, route }), 'False NoBackendTLS');
  t.equal(backendTls({ ...https, observability: { metrics: {} } }), 'False NoBackendTLS');
  t.equal(backendTls({ ...https, observability: { metrics: { port: 9090 } } }), undefined, 'by HTTP');
  t.equal(backendTls({ ...https, backendTLS, observability: { metrics: {} } }), undefined);
  t.equal(
    backendTls({ ...https, route, observability: { metrics: {} } }, {}, ''),
    undefined,
    'there are none',
  );
  t.equal(backendTls({ ...https, backendTLS, route }, {}, 'httproutes'), 'False FeatureOff');
});

t.test('a Gateway says whether it goes by the policy', async (t) => {
  const spec = { ...https, backendTLS, route };
  t.equal(backendTls(spec, { absent: ['BackendTLSPolicy'] }), 'False Missing');
  t.equal(backendTls(spec), 'Unknown NotAccepted', 'it may not know the kind');
  t.equal(backendTls(spec, said('other', ['Accepted', 'True', 'Accepted'])), 'Unknown NotAccepted');
  t.equal(backendTls(spec, said('public', ['Accepted', 'True', 'Accepted'])), 'True Accepted');
  const invalid = backendTls(
    spec,
    said(
      'public',
      ['ResolvedRefs', 'False', 'InvalidCACertificateRef', 'ConfigMap default/ca is not there'],
      ['Accepted', 'False', 'NoValidCACertificate'],
    ),
  );
  t.equal(invalid, 'False InvalidCACertificateRef', 'the one that says more');
  const conflicted = said(
    'public',
    ['ResolvedRefs', 'False', 'ResolvedRefs'],
    ['Accepted', 'False', 'Conflicted'],
  );
  t.equal(backendTls(spec, conflicted), 'False Conflicted');
});

t.test('what fails hides what works', async (t) => {
  const accepted = said('public', ['Accepted', 'True', 'Accepted']);
  const both = { ...https, backendTLS, route, ingress: { host, className: 'alb' } };
  t.equal(backendTls(both, accepted), 'False IngressNotTold');
});
