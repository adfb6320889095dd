/**
 * A stream of hook calls as Metacontroller makes them: at the path, and with the CA, token and client certificate that the
 * CompositeController names, which are read when that changes and not before. Asked to come again (429), it does.
 */
import { once } from 'node:events';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../src/engine/client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { CompositeController } from '../install/files.ts';
import { accessTo } from './client.ts';

export interface Called {
  answered: number;
  /** How often calls were asked to come again. */
  putOff: number;
  /** What went wrong with the others. */
  failed: string[];
  /** The serial number of the certificate that each new connection was shown. */
  serials: string[];
}

export interface Calling {
  readonly called: Called;
  stop(): Promise<Called>;
}

interface Secret {
  data: Record<string, string>;
}

interface Caller {
  path: string;
  ca: string;
  token: string | undefined;
  client: { cert: string; key: string } | undefined;
  /** Connections that are kept. */
  agent: https.Agent;
}

const body = JSON.stringify({
  parent: {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: {
      name: 'sample',
      namespace: 'default',
      uid: 'uid-of-sample',
      generation: 1,
      // As much as a server's children: it does not arrive in one piece.
      annotations: { long: 'x'.repeat(100_000) },
    },
    spec: { image: 'registry.example.com/sample:1.0.0' },
  },
  children: {},
  related: {},
});

/** Half of the callers keep their connections, half make one for each call. */
const CALLERS = 6;
const PAUSE_MS = 40;
/** How soon they know of another CompositeController. Metacontroller watches it. */
const FOLLOW_MS = 100;

/** @param host name of the hook's Service, with its namespace. */
export async function startCalling(cluster: Cluster, host: string): Promise<Calling> {
  const { port, close } = await cluster.forward(host, 443);
  const called: Called = { answered: 0, putOff: 0, failed: [], serials: [] };
  // Not by kubectl: where the machine is busy, a process for each question is slower than pods that start.
  const { client: api } = accessTo(cluster);
  let caller = await readCaller(api);
  let going = true;

  const follow = async () => {
    while (going) {
      try {
        const { path } = (await controllerOf(api)).spec.hooks.sync!.webhook;
        if (path !== caller.path) caller = await readCaller(api);
      } catch {
        // The next look will do: a watch that breaks begins anew, too.
      }
      await sleep(FOLLOW_MS);
    }
  };
  const call = async (keeps: boolean) => {
    while (going) {
      const { path, ca, token, client, agent } = caller;
      try {
        const request = https.request({
          host: '127.0.0.1',
          port,
          path,
          method: 'POST',
          ca,
          servername: host,
          agent: keeps ? agent : false,
          headers: {
            'content-type': 'application/json',
            'content-length': body.length,
            ...(token && { authorization: `Bearer ${token}` }),
          },
          ...client,
        });
        request.end(body);
        const [response] = await once(request, 'response');
        if (!keeps) called.serials.push(response.socket.getPeerCertificate().serialNumber);
        const said = await text(response);
        if (response.statusCode === 200) called.answered++;
        else if (response.statusCode === 429) called.putOff++;
        else called.failed.push(`${response.statusCode} ${said}`);
      } catch (error) {
        called.failed.push(String(error));
      }
      await sleep(PAUSE_MS);
    }
  };
  const done = Promise.all([
    follow(),
    ...Array.from({ length: CALLERS }, (_, index) => call(index % 2 === 0)),
  ]);
  return {
    called,
    stop: async () => {
      going = false;
      await done;
      caller.agent.destroy();
      await close();
      return called;
    },
  };
}

function controllerOf(api: Client): Promise<CompositeController> {
  return api.request('GET', '/apis/metacontroller.k8s.io/v1alpha1/compositecontrollers/mcpservers.mcp.dev');
}

async function readCaller(api: Client): Promise<Caller> {
  const { path, caBundle, authorization, clientTLS } = (await controllerOf(api)).spec.hooks.sync!.webhook;
  const read = async ({ name, namespace }: { name: string; namespace: string }) => {
    const { data } = await api.request<Secret>('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`);
    return (key: string) => Buffer.from(data[key]!, 'base64').toString();
  };
  const ca = (await read(caBundle!.secretRef))('ca.crt');
  const token = authorization && (await read(authorization.secretRef))('token').trim();
  const shown = clientTLS && (await read(clientTLS.secretRef));
  return {
    path,
    ca,
    token,
    client: shown && { cert: shown('tls.crt'), key: shown('tls.key') },
    agent: new https.Agent({ keepAlive: true }),
  };
}
