/** A database and any number of LiteLLM proxies on it, on loopback, for as long as a test runs. */
import { randomBytes } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../cluster/ports.ts';
import { finish, type Replaceable, replaceable, supervise } from '../cluster/process.ts';
import { liteLLMEnvironment } from './environment.ts';

export interface Stage {
  /** The master key: that of a proxy admin. */
  adminKey: string;
  /** It can be stopped and started. */
  database: Replaceable;
  /**
   * Starts one more proxy and returns when it is ready.
   * @param config more than the master key, as YAML.
   * @param more `withoutDatabase`: it reads its MCP servers from the file alone.
   */
  proxy(
    config?: string,
    more?: { withoutDatabase?: boolean; env?: Record<string, string> },
  ): Promise<Gateway>;
  /** A folder for files, that goes with the stage. */
  dir: string;
  /** Starts any other program, until the end. */
  start(name: string, command: string, args: string[], env?: Record<string, string>): Promise<void>;
  down(): Promise<void>;
}

export interface Gateway extends Replaceable {
  url: URL;
}

/** PostgreSQL does not run as root: in a user namespace of its own root is somebody else, and the files stay whose they are. */
const NOT_ROOT = ['--user', '--map-user=1000', '--map-group=1000', '--'];
const READY_SECONDS = 180;

export async function raiseStage(): Promise<Stage> {
  const environment = await liteLLMEnvironment();
  const dir = await mkdtemp(path.join(tmpdir(), 'smooth-litellm-'));
  const supervisor = await supervise({ dir });
  const adminKey = `sk-${randomBytes(24).toString('hex')}`;
  const saltKey = `sk-${randomBytes(24).toString('hex')}`;
  const databasePort = await freePort();
  const address = `postgresql://litellm@127.0.0.1:${databasePort}`;
  const data = path.join(dir, 'database');

  const program = (name: string) =>
    [`/usr/local/bin/${name}`, ...globSync(`/usr/lib/postgresql/*/bin/${name}`)].find(existsSync) ?? name;
  await finish('unshare', [
    ...NOT_ROOT,
    program('initdb'),
    ...['--pgdata', data, '--username=litellm', '--auth=trust', '--encoding=UTF8', '--no-sync'],
  ]);
  const startDatabase = async () => {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'max_connections=200',
    ];
    const running = await supervisor.start('database', 'unshare', [
      ...NOT_ROOT,
      program('postgres'),
      ...['-D', data, '-p', String(databasePort)],
      ...settings.flatMap((one) => ['-c', one]),
    ]);
    await supervisor.until('the database answers', async () => {
      const { code } = await finish('psql', [`${address}/postgres`, '-c', 'SELECT 1'], {
        allowFailure: true,
      });
      return code === 0;
    });
    return running;
  };
  const database = replaceable(await startDatabase(), startDatabase);
  await finish('psql', [`${address}/postgres`, '-c', 'CREATE DATABASE litellm']);
  await finish('psql', [`${address}/litellm`, '-q', '-v', 'ON_ERROR_STOP=1', '-f', environment.tables]);

  let proxies = 0;
  return {
    adminKey,
    database,
    dir,
    async proxy(config = '', { withoutDatabase = false, env = {} } = {}) {
      const name = `proxy-${++proxies}`;
      const file = path.join(dir, `${name}.yaml`);
      await writeFile(file, `model_list: []\ngeneral_settings:\n  master_key: ${adminKey}\n${config}`);
      const url = new URL(`http://127.0.0.1:${await freePort()}`);
      const launch = async () => {
        const running = await supervisor.start(
          name,
          path.join(environment.bin, 'litellm'),
          ['--config', file, '--host', url.hostname, '--port', url.port],
          {
            cwd: dir,
            env: {
              ...environment.env,
              // Prices of models are not to be fetched.
              LITELLM_LOCAL_MODEL_COST_MAP: 'True',
              ...(withoutDatabase
                ? {}
                : {
                    DATABASE_URL: `${address}/litellm`,
                    DISABLE_SCHEMA_UPDATE: 'true',
                    LITELLM_SALT_KEY: saltKey,
                  }),
              ...env,
            },
          },
        );
        let isGone = false;
        running.exited.then(() => {
          isGone = true;
        });
        await supervisor.until(
          `${name} is ready`,
          async () => {
            if (isGone) throw new Error(`${name} ended:\n${(await running.output()).slice(-4000)}`);
            return fetch(new URL('/health/readiness', url)).then(
              ({ ok }) => ok,
              () => false,
            );
          },
          READY_SECONDS,
        );
        return running;
      };
      return { url, ...replaceable(await launch(), launch) };
    },
    async start(name, command, args, env = {}) {
      await supervisor.startComponent(name, command, args, { env });
    },
    down: () => supervisor.down(),
  };
}
