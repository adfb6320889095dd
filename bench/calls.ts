/** What the hook is called with, made of a sync call that was recorded. */

type Call = { parent: { spec: { env?: object[] }; metadata: { name: string; namespace: string } } };

/** @returns the body for a route: the call itself, or the review of the same server's creation. */
export function callOf(route: string, call: object): object {
  if (route === '/sync') return call;
  const { parent } = call as Call;
  const { name, namespace } = parent.metadata;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: 'mcp.dev', version: 'v1alpha1', kind: 'MCPServer' },
      resource: { group: 'mcp.dev', version: 'v1alpha1', resource: 'mcpservers' },
      name,
      namespace,
      operation: 'CREATE',
      object: parent,
      oldObject: null,
    },
  };
}

/** @returns the call for a server that was never seen before, each time. */
export function unseen(call: object): object {
  const { parent, ...rest } = call as Call;
  const env = [...(parent.spec.env ?? []), { name: 'NONCE', value: String(nonce++) }];
  return { ...rest, parent: { ...parent, spec: { ...parent.spec, env } } };
}
let nonce = 0;
