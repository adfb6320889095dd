import t from 'tap';
import { ApiError, type Client } from '../../src/engine/client.ts';
import { Kinds } from '../../src/engine/kinds.ts';
import { refuseSecondWriter, requireDefinitions } from '../../src/engine/preflight.ts';
import type { Controller } from '../../src/reconcile/contract.ts';

const controllers = [
  { parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', resource: 'mcpservers' } },
] as unknown as Controller[];
const METACONTROLLER = '/apis/metacontroller.k8s.io/v1alpha1';
const COMPOSITES = `${METACONTROLLER}/compositecontrollers`;
const discovery = (name: string, kind: string) => ({ resources: [{ name, kind, namespaced: false }] });
const composite = (apiVersion: string, resource: string) => ({
  items: [{ metadata: { name: 'theirs' }, spec: { parentResource: { apiVersion, resource } } }],
});

/** What is not among the answers is 404. */
function clientOf(answers: Record<string, object>): Client {
  const request = async (_method: string, path: string) => {
    const answer = answers[path] ?? new ApiError(404, 'not found');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { request } as unknown as Client;
}

const check = (answers: Record<string, object>) => {
  const client = clientOf(answers);
  return refuseSecondWriter(client, new Kinds(client), controllers);
};
const installed = { [METACONTROLLER]: discovery('compositecontrollers', 'CompositeController') };

t.test('without Metacontroller, or beside one with other parents, it may start', async (t) => {
  await t.resolves(check({}));
  await t.resolves(check({ ...installed, [COMPOSITES]: { items: [] } }));
  await t.resolves(check({ ...installed, [COMPOSITES]: composite('mcp.dev/v1alpha1', 'others') }));
  await t.resolves(check({ ...installed, [COMPOSITES]: composite('other.dev/v1', 'mcpservers') }));
});

t.test('where a CompositeController has our kind, in whatever version, it may not', async (t) => {
  const answers = { ...installed, [COMPOSITES]: composite('mcp.dev/v1', 'mcpservers') };
  await t.rejects(check(answers), { name: 'EngineError', message: /theirs already reconciles MCPServer/ });
});

t.test('where it cannot tell, it may not', async (t) => {
  const answers = { ...installed, [COMPOSITES]: new ApiError(403, 'forbidden') };
  await t.rejects(check(answers), { name: 'EngineError', message: /right to list compositecontrollers/ });
});

t.test('every served version of our kinds must be there', async (t) => {
  const crd = {
    metadata: { name: 'mcpservers.mcp.dev' },
    spec: {
      group: 'mcp.dev',
      names: { plural: 'mcpservers', kind: 'MCPServer' },
      versions: [
        { name: 'v1alpha1', served: true },
        { name: 'v0', served: false },
      ],
    },
  };
  const required = (answers: Record<string, object>) =>
    requireDefinitions(new Kinds(clientOf(answers)), [crd], false);
  await t.resolves(required({ '/apis/mcp.dev/v1alpha1': discovery('mcpservers', 'MCPServer') }));
  await t.rejects(required({}), { name: 'EngineError', message: /--install-crds/ });
});
