/** What the condition BackendTLS says of each way to a server that ends TLS itself. */
import t from 'tap';
import type { MCPServerStatus } from '../../../src/api/mcpserver.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { NOW, requestOf, type ShortRequest } from '../golden.ts';

/** @returns status and reason of the condition; undefined where there is none. */
function backendTls(spec: object, more: Partial<ShortRequest> = {}): string | undefined {
  const { render: settings } = loadSettings({ FEATURES: 'httproutes,servicemonitors' });
  const parent = { spec: { image: 'ghcr.io/acme/search:1', ...spec } };
  const request = requestOf({ parent, observed: { pods: { ready: 1 } }, ...more }, settings);
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
