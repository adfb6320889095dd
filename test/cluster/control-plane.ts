/** etcd, API server, controller manager and scheduler: the same in both profiles. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { writeAdmissionFiles } from './admission.ts';
import type { Binaries } from './binaries.ts';
import {
  type Finished,
  finish,
  type Replaceable,
  replaceable,
  type Supervisor,
  withOthers,
} from './process.ts';

export const SERVICE_CIDR = '10.96.0.0/16';

export interface ControlPlane {
  /** Admin; its context is `smooth`. */
  kubeconfig: string;
  /** Signed the certificate that the API server shows to webhooks. PEM. */
  webhookClientCa: string;
  kubectl(args: string[], options?: { input?: string; allowFailure?: boolean }): Promise<Finished>;
  /**
   * With scheduler and controller manager, which elsewhere lose their leases without it, end, and are started again: here
   * they would wait for up to a minute after its return. What was stored stays.
   */
  apiServer: Replaceable;
}

export interface ControlPlaneOptions {
  dir: string;
  find: Binaries;
  /** Starts a component where the control plane shall live. */
  startComponent: Supervisor['startComponent'];
  until: Supervisor['until'];
  port: number;
  bindAddress: string;
  /** Seconds after which a node that says nothing counts as lost, and its pods as not ready. Kubernetes' own where absent. */
  nodeGraceSeconds?: number;
  /** What `kubernetes.default` points at. Absent: at nothing, for pods are simulated and an address would have to be real. */
  advertiseAddress?: string;
}

interface Started {
  control: ControlPlane;
  /** Waits for what is still being made: its roles, the ServiceAccount that pods need, and this many nodes. */
  settled(nodes: number): Promise<void>;
}

export async function startControlPlane(options: ControlPlaneOptions): Promise<Started> {
  const { dir, find, startComponent, until, port, nodeGraceSeconds } = options;
  const at = (name: string) => path.join(dir, name);
  const token = randomBytes(16).toString('hex');
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(at('tokens.csv'), `${token},admin,admin,system:masters\n`, secret),
    writeFile(at('service-accounts.key'), privateKey, secret),
    writeFile(at('service-accounts.pub'), publicKey),
  ]);

  const admission = await writeAdmissionFiles(dir);
  await startComponent('etcd', find('etcd'), etcdArgs(dir));
  const startApiServer = () =>
    startComponent('kube-apiserver', find('kube-apiserver'), apiServerArgs(options, admission.config));
  const firstApiServer = await startApiServer();
  // The API server makes a self-signed certificate and puts the authority's below it: that file is what clients trust.
  const certificates = at('certs/apiserver.crt');
  let authority = '';
  await until('the API server has its certificates', async () => {
    authority = await readFile(certificates, 'utf8').catch(() => '');
    return authority.split('END CERTIFICATE').length === 3;
  });
  const access = { port, token, authority };
  const kubeconfig = at('kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(access), secret);
  const found = (what: string, at: string) => until(what, async () => (await get(access, at)) !== undefined);
  // The scheduler may begin while it still makes its roles and namespaces: an administrator needs neither.
  await found('the API server answers', '/version');
  const common = ['--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port=0'];
  const eager = ['--kube-api-qps=500', '--kube-api-burst=1000'];
  const startScheduler = () =>
    startComponent('kube-scheduler', find('kube-scheduler'), [...common, ...eager]);
  const scheduler = replaceable(await startScheduler(), startScheduler);
  // The controller manager waits 10 s for that by itself, and ends where it takes longer.
  await found('the API server is healthy', '/healthz');
  const startControllers = () =>
    startComponent('kube-controller-manager', find('kube-controller-manager'), [
      ...common,
      ...eager,
      ...(nodeGraceSeconds ? [`--node-monitor-grace-period=${nodeGraceSeconds}s`] : []),
      `--root-ca-file=${certificates}`,
      `--service-account-private-key-file=${at('service-accounts.key')}`,
    ]);
  const controllers = replaceable(await startControllers(), startControllers);

  const env = { KUBECONFIG: kubeconfig, KUBECACHEDIR: at('kubectl-cache') };
  const kubectl: ControlPlane['kubectl'] = (args, more) => finish(find('kubectl'), args, { env, ...more });
  const settled = async (nodes: number) => {
    await found('the API server is ready', '/readyz');
    await found('pods have a ServiceAccount', '/api/v1/namespaces/default/serviceaccounts/default');
    const ready = async () => readyNodes(await get(access, '/api/v1/nodes')) >= nodes;
    await until('the nodes are ready', ready);
  };
  const server = replaceable(firstApiServer, async () => {
    const started = await startApiServer();
    await found('the API server is ready', '/readyz');
    return started;
  });
  const apiServer = withOthers(server, [scheduler, controllers]);
  const { webhookClientCa } = admission;
  return { control: { kubeconfig, kubectl, webhookClientCa, apiServer }, settled };
}

/** One member that talks to nobody: a unix socket for clients, no port to collide, nothing that survives a power cut. */
function etcdArgs(dir: string): string[] {
  return [
    `--data-dir=${path.join(dir, 'etcd')}`,
    `--listen-client-urls=unix://${path.join(dir, 'etcd.sock')}`,
    `--advertise-client-urls=unix://${path.join(dir, 'etcd.sock')}`,
    '--listen-peer-urls=http://127.0.0.1:0',
    '--initial-advertise-peer-urls=http://127.0.0.1:2380',
    '--initial-cluster=default=http://127.0.0.1:2380',
    '--unsafe-no-fsync',
  ];
}

function apiServerArgs(
  { dir, port, bindAddress, advertiseAddress }: ControlPlaneOptions,
  admission: string,
): string[] {
  const at = (name: string) => path.join(dir, name);
  return [
    `--etcd-servers=unix://${at('etcd.sock')}`,
    `--bind-address=${bindAddress}`,
    `--secure-port=${port}`,
    // 192.0.2.1 is documentation's own address: without a default route the server finds none by itself.
    ...(advertiseAddress
      ? [`--advertise-address=${advertiseAddress}`]
      : ['--advertise-address=192.0.2.1', '--endpoint-reconciler-type=none']),
    `--cert-dir=${at('certs')}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=RBAC',
    `--admission-control-config-file=${admission}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('service-accounts.pub')}`,
    `--service-account-signing-key-file=${at('service-accounts.key')}`,
    `--service-cluster-ip-range=${SERVICE_CIDR}`,
    '--allow-privileged',
    '--kubelet-preferred-address-types=InternalIP', // Nothing resolves a node's name.
  ];
}

/** One of the names in the API server's certificate, whatever address it is bound to. */
const serverName = 'kubernetes.default.svc';

interface Access {
  port: number;
  token: string;
  authority: string;
}

/** JSON is YAML. */
export function kubeconfigFor({ port, token, authority }: Access): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'smooth',
    contexts: [{ name: 'smooth', context: { cluster: 'smooth', user: 'admin' } }],
    clusters: [
      {
        name: 'smooth',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'tls-server-name': serverName,
          'certificate-authority-data': Buffer.from(authority).toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token } }],
  });
}

/** What a GET finds; undefined where it finds nothing, or nobody answers yet. */
function get({ port, token, authority }: Access, path: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const options = {
    host: '127.0.0.1',
    port,
    path,
    headers,
    ca: authority,
    servername: serverName,
    agent: false,
  };
  return new Promise((resolve) => {
    https
      .get(options, (response) => {
        const found = response.statusCode === 200;
        text(response).then(
          (body) => resolve(found ? body : undefined),
          () => resolve(undefined),
        );
      })
      .on('error', () => resolve(undefined));
  });
}

interface NodeList {
  items: {
    spec?: { taints?: { key: string }[] };
    status: { conditions?: { type: string; status: string }[] };
  }[];
}

/** @returns how many nodes are ready and take pods: the taint of one that was not goes a moment later. */
export function readyNodes(body = '{"items":[]}'): number {
  const { items } = JSON.parse(body) as NodeList;
  const ready = items.filter(
    ({ spec, status }) =>
      status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') &&
      !spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready'),
  );
  return ready.length;
}
