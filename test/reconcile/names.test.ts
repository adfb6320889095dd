import t from 'tap';
import type { KubernetesObject, ObjectMap, SyncRequest } from '../../src/reconcile/contract.ts';
import { claims } from '../../src/reconcile/names.ts';

const parent: KubernetesObject = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'search', namespace: 'default', uid: 'u-new', generation: 1 },
};
const service = (metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'search', namespace: 'default', ...metadata },
});
const ownedBy = (owner: object) => ({
  ownerReferences: [
    {
      apiVersion: 'mcp.dev/v1alpha1',
      kind: 'MCPServer',
      name: 'search',
      uid: 'u-old',
      controller: true,
      ...owner,
    },
  ],
});

function judge(object: KubernetesObject | undefined, asChild = false): string {
  const map: ObjectMap = object ? { 'Service.v1': { 'default/search': object } } : {};
  const request: SyncRequest = { parent, related: map, children: asChild ? map : {} };
  const { conflicts, terminating } = claims(request, [service()]);
  return conflicts.length > 0 ? 'conflict' : terminating.length > 0 ? 'terminating' : 'free';
}

t.test('whose an object of our name is', async (t) => {
  t.equal(judge(undefined), 'free', 'nobody has the name');
  t.equal(judge(service()), 'conflict', 'an object without an owner');
  t.equal(judge(service(), true), 'free', 'our child');
  t.equal(judge(service(ownedBy({ uid: 'u-new' }))), 'free', 'ours, which the children do not show yet');
  t.equal(judge(service(ownedBy({}))), 'terminating', 'of a former server of this name');
  t.equal(judge(service({ deletionTimestamp: '2026-01-01T00:00:00Z' })), 'terminating', 'terminating');
  t.equal(judge(service(ownedBy({ name: 'other' }))), 'conflict', 'of another server');
  t.equal(judge(service(ownedBy({ kind: 'Release' }))), 'conflict', 'of another kind');
  t.equal(judge(service(ownedBy({ controller: false }))), 'conflict', 'owned, but controlled by nobody');
  t.equal(
    judge(service(ownedBy({ apiVersion: 'mcp.dev/v1beta1' }))),
    'terminating',
    'of another version of our kind',
  );
  t.equal(
    judge(service(ownedBy({ apiVersion: 'acme.com/v1alpha1' }))),
    'conflict',
    "of another project's MCPServer",
  );
});
