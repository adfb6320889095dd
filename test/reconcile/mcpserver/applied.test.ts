import t from 'tap';
import { applyTroubleOf } from '../../../src/reconcile/mcpserver/applied.ts';

const managed = (kind: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name: 'search',
    managedFields: [
      { manager: 'metacontroller', operation: 'Update', fieldsV1: { 'f:spec': {} } },
      { manager: 'metacontroller', operation: 'Apply', fieldsV1: { 'f:spec': {} } },
    ],
  },
});
const of = (kind: string) => ({ [`${kind}.v1`]: { 'default/search': managed(kind) } });

t.test(
  'a child that has been applied in both ways is told, but to dev, which applies in its own',
  async (t) => {
    t.match(applyTroubleOf(of('Service'), ''), { reason: 'StrategyChanged', keepsSpec: true });
    t.equal(applyTroubleOf(of('Service'), 'dev'), undefined);
  },
);

t.test('a diagnosis says nothing that could stay', async (t) => {
  t.equal(applyTroubleOf(of('MCPServerDiagnosis'), 'server-side-apply'), undefined);
});
