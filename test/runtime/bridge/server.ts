/**
 * A stdio server that behaves as badly as it is told: by flags from the start, by the tool that is called later. It knows
 * MCP 2025-11-25 and older.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

type Message = {
  id?: string | number;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: unknown;
};

const flags = new Set(process.argv.slice(2));
const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (id: Message['id'], said: unknown) =>
  send({ id, result: { content: [{ type: 'text', text: String(said) }] } });
const asked = new Map<unknown, (message: Message) => void>();
const subscribed = new Set<unknown>();
let questions = 0;
let responses = 0;

if (flags.has('--banner')) process.stdout.write('Welcome to the server\nListening on stdio\n');
if (flags.has('--deaf')) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
}
if (flags.has('--dead')) {
  process.stderr.write('no \u001b[31mlicense\u001b[0m\u202e key\n');
  process.exit(7);
}

const tools: Record<
  string,
  (id: Message['id'], args: Record<string, unknown>, meta: Record<string, unknown>) => void
> = {
  echo: (id, { text: said }) => text(id, said),
  slow: (id, { text: said, ms }) => setTimeout(() => text(id, said), Number(ms)),
  silent: () => {},
  chat: (id) => {
    setInterval(() => send({ method: 'notifications/message', params: { level: 'info', data: 'so' } }), 50);
    setInterval(() => send({ id: ++questions, method: 'ping' }), 50);
    text(id, 'begun');
  },
  hang: (_id, _args, { progressToken }) =>
    send({ method: 'notifications/progress', params: { progressToken, progress: 0 } }),
  pid: (id) => text(id, process.pid),
  die: (_id, { code }) => {
    process.stderr.write('the disk\nis full\n', () => process.exit(Number(code)));
  },
  twice: (id) => {
    text(id, 'first');
    text(id, 'second');
  },
  progress: (id, { steps }, { progressToken }) => {
    for (let progress = 1; progress <= Number(steps); progress++) {
      send({ method: 'notifications/progress', params: { progressToken, progress, total: Number(steps) } });
    }
    text(id, 'done');
  },
  log: (id, { data }) => {
    send({ method: 'notifications/message', params: { level: 'info', data } });
    text(id, 'logged');
  },
  ask: (id, { message }) => {
    const question = ++questions;
    asked.set(question, ({ result, error }) =>
      error ? send({ id, error }) : text(id, JSON.stringify(result)),
    );
    const params = { message, requestedSchema: { type: 'object', properties: {} } };
    send({ id: question, method: 'elicitation/create', params });
  },
  responses: (id) => text(id, responses),
  subscribed: (id) => text(id, [...subscribed].sort()),
  nag: (id, { times }) => {
    const refused = ({ error }: Message) => error && text(id, JSON.stringify(error));
    for (let time = 0; time < Number(times); time++) {
      asked.set(++questions, refused);
      send({ id: questions, method: 'roots/list' });
    }
  },
  fork: (id) => {
    const child = spawn('sh', ['-c', 'trap "" TERM; sleep 300 & wait'], { stdio: 'ignore' });
    text(id, child.pid);
  },
  flood: (id, { bytes }) => {
    const line = `${'x'.repeat(9_999)}\n`;
    for (let written = 0; written < Number(bytes); written += line.length) process.stderr.write(line);
    process.stderr.write('', () => text(id, 'flooded'));
  },
  big: (id, { bytes }) => text(id, 'x'.repeat(Number(bytes))),
  noise: (id) => {
    process.stdout.write('this is no JSON\n{"nor": "this"}\n');
    text(id, 'quiet again');
  },
  changed: (id) => {
    send({ method: 'notifications/tools/list_changed' });
    text(id, 'changed');
  },
  changedAfterwards: (id) => {
    // Both in one write: between two the next request could come, and what is said would be taken for its own.
    process.stdout.cork();
    text(id, 'changed');
    send({ method: 'notifications/tools/list_changed' });
    process.stdout.uncork();
  },
  updated: (id, { uri }) => {
    send({ method: 'notifications/resources/updated', params: { uri } });
    text(id, 'updated');
  },
  environment: (id, { name }) => text(id, process.env[String(name)]),
};

const names = Object.keys(tools);
const methods: Record<string, (message: Message) => void> = {
  initialize: ({ id, params }) =>
    send({
      id,
      result: {
        protocolVersion: params?.protocolVersion,
        capabilities: {
          tools: { listChanged: true },
          resources: { subscribe: true },
          logging: {},
        },
        serverInfo: { name: 'bad-server', version: '1.0.0' },
        instructions: 'Be careful.',
      },
    }),
  ping: ({ id }) => send({ id, result: {} }),
  'tools/list': ({ id }) => {
    send({ id, result: { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) } });
  },
  'resources/subscribe': ({ id, params }) => {
    subscribed.add(params?.uri);
    send({ id, result: {} });
  },
  'resources/unsubscribe': ({ id, params }) => {
    subscribed.delete(params?.uri);
    send({ id, result: {} });
  },
  'tools/call': ({ id, params }) => {
    const { name, arguments: args, _meta: meta } = params as Record<string, Record<string, unknown>>;
    tools[String(name)]!(id, args ?? {}, meta ?? {});
  },
};

let initialized = false;
const impatience = flags.has('--impatient') ? setTimeout(() => process.exit(5), 200) : undefined;
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line) as Message;
    clearTimeout(impatience);
    if (message.method === undefined) {
      responses++;
      asked.get(message.id)?.(message);
      return;
    }
    if (flags.has('--strict') && !initialized && message.method !== 'initialize') process.exit(1);
    if (message.method === 'initialize') {
      if (flags.has('--never')) return;
      initialized = true;
    }
    const method = methods[message.method];
    if (method) method(message);
    else if (message.id !== undefined) {
      send({ id: message.id, error: { code: -32601, message: `Method not found: ${message.method}` } });
    }
  })
  .on('close', () => {
    if (!flags.has('--deaf')) process.exit(0);
  });
