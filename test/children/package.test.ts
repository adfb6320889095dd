/** What the installation of a package has of its server, and what not. */
import type { V1Deployment } from '@kubernetes/client-node';
import t from 'tap';
import type { Package } from '../../src/api/package.ts';
import { deployment } from '../../src/children/deployment.ts';
import { validator } from '../../src/reconcile/mcpserver/prepare.ts';
import { loadSettings } from '../../src/settings.ts';

const SETTINGS = {
  MCP_RUNTIME_IMAGE: 'registry.example.com/runtime:1',
  MCP_NPM_REGISTRY: 'https://npm.example.com/',
  MCP_PYPI_INDEX: 'https://pypi.example.com/simple',
};
const secret = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: 'registry', key: 'it' } } });

/** Of a server that sets all it can. @param names of its variables. */
function installerOf(given: Package, names: string[], environment: Record<string, string> = {}) {
  const server = validator.withDefaults({
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'search', namespace: 'default', uid: 'uid', generation: 1 },
    spec: {
      package: given,
      env: names.map(secret),
      envFrom: [{ secretRef: { name: 'more' } }],
      secretName: 'all',
      config: { npm_config_registry: 'https://evil.example.com' },
      pod: {
        volumes: ['home', 'npm'].map((name) => ({ name, configMap: { name } })),
        volumeMounts: [
          { name: 'home', mountPath: '/tmp' },
          { name: 'npm', mountPath: '/usr/local/lib/node_modules' },
        ],
      },
    },
  });
  t.strictSame(validator.validate(server), []);
  const { render } = loadSettings({ ...SETTINGS, ...environment });
  const { spec } = deployment(server as never, render) as V1Deployment;
  const found = spec!.template.spec!.initContainers!.find(({ name }) => name === 'mcp-package')!;
  const { env = [] } = found;
  return {
    ...found,
    env: Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom])),
  };
}

const MOUNTS = [
  { name: 'mcp-package', mountPath: '/package' },
  { name: 'tmp', mountPath: '/tmp' },
];
const OF_SECRET = secret('any').valueFrom;

t.test('npm takes packages from the registry of the settings, whatever the server says', async (t) => {
  const steering = ['NPM_CONFIG_REGISTRY', 'npm_config_registry', 'Npm_Config_Userconfig', 'NODE_OPTIONS'];
  const names = [...steering, 'HOME', 'PATH', 'HTTPS_PROXY', 'LD_PRELOAD', 'NPM_CONFIG_BEFORE', 'NPM_TOKEN'];
  const { env, envFrom, volumeMounts } = installerOf({ npm: '@acme/search', version: '1.2.3' }, names);
  t.strictSame(env, {
    HOME: '/package',
    NPM_CONFIG_REGISTRY: 'https://npm.example.com/',
    NPM_CONFIG_CACHE: '/tmp/.npm',
    NPM_CONFIG_UPDATE_NOTIFIER: 'false',
    NPM_CONFIG_BEFORE: OF_SECRET,
    NPM_TOKEN: OF_SECRET,
  });
  t.equal(envFrom, undefined);
  t.strictSame(volumeMounts, MOUNTS);
});

t.test('uv takes packages from the index of the settings, whatever the server says', async (t) => {
  const steering = [
    'UV_INDEX',
    'UV_DEFAULT_INDEX',
    'UV_WITH',
    'UV_CONFIG_FILE',
    'PIP_INDEX_URL',
    'PYTHONPATH',
  ];
  const credentials = ['UV_INDEX_MIRROR_USERNAME', 'UV_INDEX_MIRROR_PASSWORD'];
  const names = [...steering, 'UV_TOOL_DIR', 'NETRC', 'UV_EXCLUDE_NEWER', 'NPM_TOKEN', ...credentials];
  const { env, envFrom, volumeMounts } = installerOf({ pypi: 'acme-search', version: '1.2.3' }, names);
  t.match(env, { HOME: '/package', UV_DEFAULT_INDEX: 'mirror=https://pypi.example.com/simple' });
  t.strictSame(
    Object.keys(env).filter((name) => typeof env[name] !== 'string'),
    ['UV_EXCLUDE_NEWER', ...credentials],
  );
  t.equal(env.UV_TOOL_DIR, '/package/tools');
  t.equal(envFrom, undefined);
  t.strictSame(volumeMounts, MOUNTS);
});

t.test('what the settings give every container the installation has, and that wins', async (t) => {
  const { env, volumeMounts } = installerOf(
    { npm: 'search', version: '1.2.3' },
    ['NPM_CONFIG_BEFORE', 'HTTPS_PROXY', 'NODE_EXTRA_CA_CERTS'],
    {
      MCP_DEFAULT_ENV: JSON.stringify({
        HTTPS_PROXY: 'http://proxy.example.com:3128',
        NPM_CONFIG_BEFORE: '2026-01-01',
      }),
      MCP_TRUST_BUNDLE_CONFIGMAP: 'cas',
    },
  );
  t.match(env, {
    HTTPS_PROXY: 'http://proxy.example.com:3128',
    NPM_CONFIG_BEFORE: '2026-01-01',
    NODE_EXTRA_CA_CERTS: '/etc/mcp/trust/ca.crt',
  });
  t.match(volumeMounts, [{ name: 'mcp-package' }, { name: 'mcp-trust' }, { name: 'tmp' }]);
});
