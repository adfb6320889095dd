/** The official client, in each of its modes. */
import { Client } from '@modelcontextprotocol/client';
import t from 'tap';
import { bridgeTo, serverWith } from './harness.ts';

for (const mode of ['legacy', 'auto', { pin: '2026-07-28' }] as const) {
  const name = typeof mode === 'string' ? mode : mode.pin;
  for (const sessions of ['own', 'shared'] as const) {
    t.test(`${name}, sessions ${sessions}`, async (t) => {
      const bridge = await bridgeTo(t, serverWith(), { sessions });
      const client = await bridge.client(t, mode);
      t.match(client.getServerVersion(), { name: 'bad-server' });
      t.ok((await client.listTools()).tools.some((tool) => tool.name === 'echo'));
      const calls = Array.from({ length: 20 }, (_, index) => String(index));
      const answers = await Promise.all(
        calls.map((text) =>
          client.callTool({ name: 'slow', arguments: { text, ms: 50 - 2 * Number(text) } }),
        ),
      );
      t.same(
        answers.map(({ content }) => content),
        calls.map((text) => [{ type: 'text', text }]),
      );
      const heard: number[] = [];
      await client.callTool(
        { name: 'progress', arguments: { steps: 3 } },
        { onprogress: ({ progress }) => heard.push(progress) },
      );
      t.same(heard, [1, 2, 3]);
      await t.rejects(client.callTool({ name: 'die', arguments: { code: 9 } }), /exit code 9/);
    });
  }
}

t.test('a server asks its client, and the client hears of changes', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler('elicitation/create', async () => ({
    action: 'accept' as const,
    content: { seven: '7' },
  }));
  const changed = new Promise<void>((resolve) => {
    client.setNotificationHandler('notifications/tools/list_changed', () => resolve());
  });
  await bridge.client(t, 'legacy', client);
  const { content } = await client.callTool({ name: 'ask', arguments: { message: 'How many?' } });
  t.match(content, [{ text: '{"action":"accept","content":{"seven":"7"}}' }]);
  await client.callTool({ name: 'changed' });
  await changed;
});
