/**
 * A server that is a package of npm or PyPI: an init container installs it into a volume, from which the server's container
 * starts it. Started by npx or uvx, each process would look for it once more, and npm's own would stay beside each.
 */
import type { V1Container, V1EnvVar, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { MCPServerSpec } from '../api/mcpserver.ts';
import type { Package } from '../api/package.ts';
import type { RenderSettings } from '../settings.ts';
import { PACKAGE, PACKAGE_PATH } from './brought.ts';
import { givenEnvironment } from './given.ts';
import { INSTALL_NPM } from './installnpm.ts';
import { INSTALL_PYPI } from './installpypi.ts';

/** The command of a package, whatever the package calls it. */
const COMMAND = `${PACKAGE_PATH}/server`;
const PYPI_COMMANDS = `${PACKAGE_PATH}/bin`;
/** With a browser or a model a package is larger, and then an image is the better way. */
const SIZE_LIMIT = '2Gi';
/** What uv calls the index of the settings, by which it finds its credentials. */
const INDEX = 'mirror';
/**
 * Of the server's variables, those that its installation has too: up to when versions count, and credentials, which go to the
 * registry of the settings alone. By others npm, uv and Node.js can be told to take packages, or code, from elsewhere.
 */
const PASSED = {
  npm: ['NPM_CONFIG_BEFORE', 'NPM_TOKEN'],
  pypi: ['UV_EXCLUDE_NEWER', 'UV_INDEX_MIRROR_USERNAME', 'UV_INDEX_MIRROR_PASSWORD'],
};

/** @returns the image in which the package is installed and runs. */
export function packageImage({ npm }: Package, { packages }: RenderSettings): string {
  return npm === undefined ? packages.pypiImage : packages.npmImage;
}

/** @returns what is started; of an image, what its spec says. */
export function commandOf({ command, package: given }: MCPServerSpec): string[] | undefined {
  return given ? [COMMAND] : command;
}

/** @returns variables of the server's container, for what its programs write at home. */
export function packageEnvironment({ package: given }: MCPServerSpec, settings: RenderSettings): V1EnvVar[] {
  if (!given) return [];
  const { npmRegistry, pypiIndex } = settings.packages;
  const variable = (name: string, value: string): V1EnvVar[] => (value === '' ? [] : [{ name, value }]);
  const own =
    given.npm === undefined
      ? [
          ...variable('UV_DEFAULT_INDEX', pypiIndex),
          { name: 'UV_CACHE_DIR', value: '/tmp/.cache/uv' },
          { name: 'UV_PYTHON_INSTALL_DIR', value: `${PACKAGE_PATH}/python` },
          { name: 'UV_TOOL_DIR', value: `${PACKAGE_PATH}/tools` },
        ]
      : [
          ...variable('NPM_CONFIG_REGISTRY', npmRegistry),
          { name: 'NPM_CONFIG_CACHE', value: '/tmp/.npm' },
          { name: 'NPM_CONFIG_UPDATE_NOTIFIER', value: 'false' },
        ];
  // Its user may have none in the image, or one that cannot be written to.
  return [{ name: 'HOME', value: '/tmp' }, ...own].filter(({ name }) => !(name in settings.defaultEnv));
}

/** @returns the mount of the server's container. */
export function packageMounts({ package: given }: MCPServerSpec): V1VolumeMount[] {
  return given ? [{ name: PACKAGE, mountPath: PACKAGE_PATH, readOnly: true }] : [];
}

export function packageVolumes({ package: given }: MCPServerSpec): V1Volume[] {
  return given ? [{ name: PACKAGE, emptyDir: { sizeLimit: SIZE_LIMIT } }] : [];
}

/**
 * @param server the server's own container, whose image and resources the installation has: it runs before, so the pod needs no
 *   more for it. Its mounts and most of its variables it has not.
 * @param mounts what every container of the operator's has.
 * @returns the init container that installs the package; undefined where there is none.
 */
export function packageInstaller(
  spec: MCPServerSpec,
  server: V1Container,
  mounts: V1VolumeMount[],
  settings: RenderSettings,
): V1Container | undefined {
  const { package: given } = spec;
  if (!given) return undefined;
  const { image, imagePullPolicy, resources, securityContext } = server;
  return {
    name: PACKAGE,
    image: image!,
    imagePullPolicy: imagePullPolicy!,
    command: given.npm === undefined ? withUv(given) : withNpm(given),
    env: installerEnvironment(spec, server.env ?? [], settings),
    resources,
    securityContext,
    // What it says in the end is why it failed.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: PACKAGE, mountPath: PACKAGE_PATH }, ...mounts],
  };
}

/** Where the settings give every container a variable, the installation has that one. */
function installerEnvironment(
  spec: MCPServerSpec,
  ofServer: V1EnvVar[],
  settings: RenderSettings,
): V1EnvVar[] {
  const { pypiIndex } = settings.packages;
  const isNpm = spec.package!.npm !== undefined;
  const passed = PASSED[isNpm ? 'npm' : 'pypi'];
  const own = [
    ...packageEnvironment(spec, settings),
    // Sidecars can write to /tmp, and npm and uv read files of their home.
    { name: 'HOME', value: PACKAGE_PATH },
    ...(isNpm ? [] : UV),
    ...(isNpm || pypiIndex === '' ? [] : [{ name: 'UV_DEFAULT_INDEX', value: `${INDEX}=${pypiIndex}` }]),
    ...ofServer.filter(({ name }) => passed.includes(name)),
  ].filter(({ name }) => !(name in settings.defaultEnv));
  return [
    ...givenEnvironment(settings, new Set()),
    ...new Map(own.map((variable) => [variable.name, variable])).values(),
  ];
}

function withNpm({ npm, version, executable }: Package): string[] {
  return ['node', '-e', INSTALL_NPM, PACKAGE_PATH, COMMAND, npm!, version, executable ?? ''];
}

function withUv({ pypi, version, executable }: Package): string[] {
  const requirement = /^[<>=!~]/.test(version) ? `${pypi}${version}` : `${pypi}==${version}`;
  return ['sh', '-c', INSTALL_PYPI, 'sh', PYPI_COMMANDS, COMMAND, pypi!, requirement, executable ?? ''];
}

/** Only while it installs. The volume is read-only later, when nothing compiled could be kept. */
const UV: V1EnvVar[] = [
  { name: 'UV_COMPILE_BYTECODE', value: '1' },
  { name: 'UV_LINK_MODE', value: 'copy' },
  { name: 'UV_NO_CACHE', value: '1' },
  { name: 'UV_TOOL_BIN_DIR', value: PYPI_COMMANDS },
];
