import t from 'tap';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../src/settings.ts';
import { hook, parentOf, post, sync } from './fixture.ts';

const { app } = await hook();

t.test(
  'a sync answers with status and children, and with nothing that Metacontroller does not know',
  async (t) => {
    const response = await app.inject(sync());
    t.equal(response.statusCode, 200);
    const answer = response.json();
    t.strictSame(Object.keys(answer).sort(), ['children', 'status']);
    t.strictSame(
      answer.children.map(({ kind }: { kind: string }) => kind),
      ['ServiceAccount', 'Service', 'Deployment'],
    );
    t.equal(answer.status.phase, 'Creating');
    t.equal(answer.status.lastUpdated, '2026-01-01T12:00:00Z', 'whole seconds');
  },
);

t.test('children and related may be absent, as in a call by hand', async (t) => {
  const response = await app.inject(post('/sync', { parent: parentOf() }));
  t.equal(response.statusCode, 200);
  t.equal(response.json().children.length, 3);
});

t.test('an invalid spec is answered with 200 and what is wrong', async (t) => {
  const response = await app.inject(sync(parentOf('search', { image: 'No Image' })));
  t.equal(response.statusCode, 200);
  const { status } = response.json();
  t.equal(status.phase, 'Failed');
  t.match(
    status.conditions.find(({ type }: { type: string }) => type === 'SpecValid'),
    { status: 'False', message: /spec\.image/ },
  );
});

t.test('values are judged as they are, without conversion', async (t) => {
  const response = await app.inject(sync(parentOf('search', { image: 'acme/search:1', replicas: '2' })));
  t.equal(response.statusCode, 200);
  t.match(response.json().status.message, /spec\.replicas/);
});

t.test(
  'customize relates the names that the children will want, in the namespace of the parent',
  async (t) => {
    const response = await app.inject(post('/customize', { controller: {}, parent: parentOf() }));
    t.equal(response.statusCode, 200);
    const rule = { namespace: 'default', names: ['search'] };
    t.strictSame(response.json(), {
      relatedResources: [
        { apiVersion: 'v1', resource: 'serviceaccounts', ...rule },
        { apiVersion: 'v1', resource: 'services', ...rule },
        { apiVersion: 'apps/v1', resource: 'deployments', ...rule },
        {
          apiVersion: 'v1',
          resource: 'pods',
          namespace: 'default',
          labelSelector: { matchLabels: { 'mcp.dev/server': 'search' } },
        },
      ],
    });
  },
);

t.test('customize relates every Secret that the pods use, and what else the spec makes', async (t) => {
  const spec = {
    image: 'acme/search:1',
    secretName: 'keys',
    replicas: 2,
    config: { A: 'b' },
    env: [{ name: 'B', valueFrom: { secretKeyRef: { name: 'more', key: 'b' } } }],
    pod: { volumes: [{ name: 'tls', secret: { secretName: 'tls' } }] },
  };
  const response = await app.inject(post('/customize', { parent: parentOf('search', spec) }));
  const names = Object.fromEntries(
    response
      .json()
      .relatedResources.map(({ resource, names }: { resource: string; names?: string[] }) => [
        resource,
        names,
      ]),
  );
  t.match(names, {
    secrets: ['keys', 'more', 'tls'],
    configmaps: ['search-config'],
    poddisruptionbudgets: ['search'],
  });
});

t.test('customize relates the Secrets of the headers that a server is asked with', async (t) => {
  const secretKeyRef = { name: 'client', key: 'header' };
  const related = async (verify: object, environment = { MCP_RUNTIME_IMAGE: 'acme/runtime:1' }) => {
    const parent = parentOf('search', {
      image: 'acme/search:1',
      verify: { headers: [{ name: 'Authorization', secretKeyRef }], ...verify },
    });
    const rules = mcpServerController.customize(parent as never, loadSettings(environment).render);
    return rules.find(({ resource }) => resource === 'secrets')?.names;
  };
  t.strictSame(await related({}), ['client']);
  t.strictSame(await related({ mode: 'Off' }), undefined, 'nobody is asked');
  t.strictSame(await related({}, { MCP_RUNTIME_IMAGE: '' }), undefined, 'nobody can ask');
});

t.test('customize answers for an invalid spec, by the names that every server wants', async (t) => {
  const response = await app.inject(post('/customize', { parent: parentOf('search', { image: 5 }) }));
  t.equal(response.statusCode, 200);
  t.equal(response.json().relatedResources.length, 4);
});

t.test('customize does not depend on the status', async (t) => {
  const one = await app.inject(post('/customize', { parent: parentOf() }));
  const other = await app.inject(
    post('/customize', { parent: { ...parentOf(), status: { phase: 'Ready' } } }),
  );
  t.equal(one.body, other.body);
});
