import { test } from 'tap';
import { type LabelSelector, selects } from '../../src/reconcile/selectors.ts';

const labels = { team: 'search', tier: 'gold' };
type Expression = NonNullable<LabelSelector['matchExpressions']>[0];
const expression = (key: string, operator: Expression['operator'], ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 ? { values } : {}) }],
});

test('labels are selected as the API server selects them', async (t) => {
  const selected: LabelSelector[] = [
    {},
    { matchLabels: { team: 'search' } },
    { matchLabels: { ...labels } },
    expression('team', 'In', 'find', 'search'),
    expression('team', 'NotIn', 'find'),
    expression('absent', 'NotIn', 'find'),
    expression('team', 'Exists'),
    expression('absent', 'DoesNotExist'),
  ];
  const passedOver: LabelSelector[] = [
    { matchLabels: { team: 'find' } },
    { matchLabels: { team: 'search', tier: 'silver' } },
    { matchLabels: { constructor: '' } },
    expression('team', 'In', 'find'),
    expression('absent', 'In', 'find'),
    expression('team', 'NotIn', 'search'),
    expression('absent', 'Exists'),
    expression('toString', 'Exists'),
    expression('team', 'DoesNotExist'),
    { ...expression('team', 'Exists'), matchLabels: { tier: 'silver' } },
  ];
  for (const one of selected) t.ok(selects(one, labels), JSON.stringify(one));
  for (const one of passedOver) t.notOk(selects(one, labels), JSON.stringify(one));
  t.notOk(selects(expression('team', 'Exists'), undefined));
  t.ok(selects({}, undefined));
});
