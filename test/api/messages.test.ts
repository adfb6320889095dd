/** What an author reads of a value that is refused: what is wrong and what to write instead. */
import t from 'tap';
import { mcpServerResource } from '../../src/api/mcpserver.ts';
import { formatProblem } from '../../src/api/problem.ts';
import { validatorOf } from '../../src/api/validate.ts';

const validator = validatorOf(mcpServerResource);
const said = (spec: object, name = 'search') =>
  validator
    .validate(validator.withDefaults({ metadata: { name }, spec: { image: 'acme/search:1', ...spec } }))
    .map(formatProblem);

t.test('a value that is refused is answered with a right one', async (t) => {
  const messages: [object, string][] = [
    [
      { image: 'ghcr.io/Acme/Search:1' },
      'spec.image: Invalid value: "ghcr.io/Acme/Search:1": must be an image reference such as ghcr.io/acme/search:1.2.3, its name in lower case',
    ],
    [
      { transport: 'websocket' },
      'spec.transport: Unsupported value: "websocket": supported values: "http", "sse", "stdio"',
    ],
    [
      { transport: 'stdio' },
      "spec.command: Invalid value: the transport stdio needs the command that is started, for nothing can read an image's entrypoint: name it as the image's Dockerfile or documentation does, such as [node, /app/server.js]",
    ],
    [
      { image: undefined, package: { npm: 'Search', version: '1.2.3' } },
      'spec.package.npm: Invalid value: "Search": must be the name of an npm package, such as @modelcontextprotocol/server-filesystem',
    ],
    [
      { package: { npm: 'search', version: '1.2.3' } },
      'spec.image: Invalid value: exactly one of image and package must be set: what the server is made of',
    ],
    [
      { route: { parentRefs: [] } },
      'spec.route.parentRefs: Invalid value: a list: must have at least 1 item',
    ],
  ];
  for (const [spec, message] of messages) t.strictSame(said(spec), [message]);
});

t.test('a mount without a volume is told with its container', async (t) => {
  const [volumes, mount] = [
    [{ name: 'data', emptyDir: {} }],
    (name: string) => ({ name, mountPath: `/${name}` }),
  ];
  const container = (name: string, ...mounts: string[]) => ({
    name,
    image: 'acme/proxy:1',
    volumeMounts: mounts.map(mount),
  });
  const messages: [object, string][] = [
    [
      { volumes, volumeMounts: [mount('data'), mount('cache')] },
      'spec.pod.volumeMounts: Invalid value: every volumeMounts[].name must be the name of one of volumes, unlike cache',
    ],
    [
      { volumes, sidecars: [container('a', 'data'), container('b', 'tmp', 'x', 'y'), container('c', 'z')] },
      'spec.pod.sidecars: Invalid value: every volumeMounts[].name must be tmp or the name of one of volumes, unlike x, y of b; z of c',
    ],
    [
      { initContainers: [container('a', 'data')] },
      'spec.pod.initContainers: Invalid value: every volumeMounts[].name must be tmp or the name of one of volumes, unlike data of a',
    ],
  ];
  for (const [pod, message] of messages) t.strictSame(said({ pod }), [message]);
});

t.test('a name that is refused is shown', async (t) => {
  t.match(said({}, '2-search'), [/^metadata\.name: Invalid value: "2-search": metadata\.name must be /]);
});
