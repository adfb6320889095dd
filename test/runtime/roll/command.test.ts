/** `smooth-runtime roll` as a process, against what answers as an API server does. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { readRollReport } from '../../../src/api/rollout.ts';
import { certify } from '../../certify.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../src/runtime/main.ts');
const TARGET = ['--deployment', 'ai/litellm', '--annotation', 'mcp.dev/catalog=0123456789abcdef'];

interface Seen {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  type: string | undefined;
  body: string;
}

interface Answer {
  code: number;
  body?: object | string;
}

/** An API server that gives these answers in turn, the last one again and again. */
async function apiServer(t: Test, answers: readonly Answer[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'roll-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [path.join(folder, 'ca.crt'), path.join(folder, 'tls.key')];
  certify(cert, key);
  const account = path.join(folder, 'account');
  mkdirSync(account);
  writeFileSync(path.join(account, 'ca.crt'), readFileSync(cert));
  writeFileSync(path.join(account, 'token'), 'a-token-of-the-account\n');
  const seen: Seen[] = [];
  const server = createServer(
    { cert: readFileSync(cert), key: readFileSync(key) },
    async (request, response) => {
      const { method, url, headers } = request;
      const body = await textOf(request);
      const { code, body: answer = {} } = answers[Math.min(seen.length, answers.length - 1)]!;
      seen.push({ method, url, authorization: headers.authorization, type: headers['content-type'], body });
      response.writeHead(code).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const message = path.join(folder, 'message');
  const run = (args: string[] = [], env: Record<string, string> = {}) =>
    new Promise<{ code: unknown; stdout: string; stderr: string; report: string }>((resolve) =>
      execFile(
        process.execPath,
        [MAIN, 'roll', ...TARGET, '--service-account', account, '--termination-message', message, ...args],
        { env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port), ...env } },
        (error, stdout, stderr) =>
          resolve({ code: error?.code ?? 0, stdout, stderr, report: contentOf(message) }),
      ),
    );
  return { seen, run };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

t.test('one patch of one Deployment, with the token of the account', async (t) => {
  const { seen, run } = await apiServer(t, [{ code: 200 }]);
  const { code, stdout, report } = await run();
  t.equal(code, 0);
  t.match(stdout, 'Stamped: Deployment ai/litellm');
  t.match(readRollReport(report), { report: { reason: 'Stamped' } });
  t.equal(seen.length, 1);
  t.match(seen[0], {
    method: 'PATCH',
    url: '/apis/apps/v1/namespaces/ai/deployments/litellm?fieldManager=smooth-operator',
    authorization: 'Bearer a-token-of-the-account',
    type: 'application/merge-patch+json',
  });
  t.same(JSON.parse(seen[0]!.body), {
    spec: { template: { metadata: { annotations: { 'mcp.dev/catalog': '0123456789abcdef' } } } },
  });
});

t.test('what does not pass is told at once', async (t) => {
  for (const [code, reason] of [
    [403, 'Forbidden'],
    [401, 'Forbidden'],
    [404, 'NotFound'],
    [422, 'Refused'],
  ] as const) {
    const { seen, run } = await apiServer(t, [
      { code, body: { kind: 'Status', message: 'so says the server' } },
    ]);
    const { code: status, report } = await run();
    t.equal(status, 1);
    t.match(readRollReport(report), { report: { reason } }, String(code));
    if (code !== 404) t.match(report, 'so says the server');
    t.equal(seen.length, 1);
    t.notMatch(report, 'a-token');
  }
});

t.test('what may pass is tried again', async (t) => {
  const { seen, run } = await apiServer(t, [{ code: 503, body: 'busy' }, { code: 409 }, { code: 200 }]);
  const { code, report } = await run();
  t.equal(code, 0);
  t.equal(seen.length, 3);
  t.match(readRollReport(report), { report: { reason: 'Stamped' } });
});

t.test('to the end of the time limit', async (t) => {
  const { run } = await apiServer(t, [{ code: 503, body: 'busy' }]);
  const { code, report } = await run(['--timeout', '1']);
  t.equal(code, 1);
  t.match(readRollReport(report), { report: { reason: 'Refused', message: 'Deployment ai/litellm: busy' } });
  const { run: elsewhere } = await apiServer(t, [{ code: 200 }]);
  const closed = await elsewhere(['--timeout', '1'], { KUBERNETES_SERVICE_PORT: '9' });
  t.match(readRollReport(closed.report), { report: { reason: 'Unreachable' } });
});

t.test('a certificate of another authority is not accepted', async (t) => {
  const [{ run }, folder] = [await apiServer(t, [{ code: 200 }]), t.testdir({})];
  certify(path.join(folder, 'ca.crt'), path.join(folder, 'key'));
  writeFileSync(path.join(folder, 'token'), 'another');
  const { report } = await run(['--service-account', folder, '--timeout', '1']);
  t.match(readRollReport(report), { report: { reason: 'Unreachable' } });
});

t.test('wrong use is told with the usage', async (t) => {
  const { run } = await apiServer(t, [{ code: 200 }]);
  for (const [args, words] of [
    [['--deployment', 'litellm'], '--deployment: must be NAMESPACE/NAME'],
    [['--deployment', 'ai/../secrets'], '--deployment: must be NAMESPACE/NAME'],
    [['--annotation', 'no value'], '--annotation: must be KEY=VALUE'],
    [['--service-account', '/nowhere'], '--service-account /nowhere: ENOENT'],
    [['--timeout', 'long'], '--timeout long: must be whole seconds'],
    [['--colour'], '--colour'],
  ] as const) {
    const { code, stderr } = await run([...args]);
    t.equal(code, 2, words);
    t.match(stderr, words);
    t.match(stderr, 'smooth-runtime roll --deployment');
  }
});
