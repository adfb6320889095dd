import t from 'tap';
import type { MCPServer } from '../../../src/api/mcpserver.ts';
import { momentOf } from '../../../src/reconcile/mcpserver/moment.ts';

const NOW = '2026-01-01T12:00:05Z';
const server = (status?: object, metadata: object = {}): MCPServer =>
  ({ metadata: { generation: 2, ...metadata }, ...(status ? { status } : {}) }) as never;
const deployment = (time: string): never =>
  ({ status: { conditions: [{ lastTransitionTime: time, lastUpdateTime: time }] } }) as never;
const seen = (observedGeneration: number, lastUpdated = '2026-01-01T11:00:00Z') => ({
  conditions: [],
  observedGeneration,
  lastUpdated,
});

t.test('the same news has the same time, whenever within a moment it is told', async (t) => {
  const created = '2026-01-01T12:00:03Z';
  t.equal(
    momentOf(server(undefined, { creationTimestamp: created }), undefined, undefined, NOW),
    created,
    'a new server',
  );
  const managedFields = [
    { time: '2026-01-01T12:00:04Z', subresource: 'status' },
    { time: '2026-01-01T12:00:02Z' },
  ];
  t.equal(
    momentOf(server(seen(1), { managedFields }), deployment(NOW), undefined, NOW),
    '2026-01-01T12:00:02Z',
    'a new generation',
  );
  t.equal(
    momentOf(server(seen(2)), deployment(created), undefined, NOW),
    created,
    'a Deployment that has come further',
  );
  const ended = '2026-01-01T12:00:04Z';
  t.equal(momentOf(server(seen(2)), deployment(created), ended, NOW), ended, 'a server that has answered');
});

t.test('what happened longer ago is not the cause of what is new', async (t) => {
  t.equal(momentOf(server(seen(2)), deployment('2026-01-01T11:59:00Z'), undefined, NOW), NOW, 'long ago');
  t.equal(momentOf(server(seen(2)), deployment('2026-01-01T12:00:06Z'), undefined, NOW), NOW, 'not yet');
  t.equal(
    momentOf(server(seen(2, '2026-01-01T12:00:04Z')), deployment('2026-01-01T12:00:03Z'), undefined, NOW),
    NOW,
    'before the last change',
  );
  t.equal(momentOf(server(seen(2)), undefined, undefined, NOW), NOW, 'nothing is known');
  t.equal(momentOf(server(seen(2)), deployment('yesterday'), undefined, NOW), NOW, 'no time at all');
});
