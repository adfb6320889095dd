/**
 * The real LiteLLM, of package registries alone: a virtual environment of Python, the query engine that its database client
 * wants (query-engine.ts says how), and its tables. It is made once, in a minute or two and about 800 MB, in the cache outside
 * the checkout. It needs Python 3.11 with venv; no root.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheDir } from '../cluster/build.ts';
import { finish } from '../cluster/process.ts';

const HERE = import.meta.dirname;
const RECIPE = ['requirements.txt', 'engine/package-lock.json', 'query-engine.ts', 'environment.ts'];
/** What the client asks for with `--version`, and compares. */
const ENGINE_VERSION = '393aa359c9ad4a4bb28630fb5613f9c281cde053';

export interface Environment {
  /** `litellm` is in it, and the Python that has its packages. */
  bin: string;
  /** SQL that makes all tables. */
  tables: string;
  /** For whatever speaks to the database. */
  env: Record<string, string>;
}

const environmentAt = (folder: string): Environment => ({
  bin: path.join(folder, 'venv/bin'),
  tables: path.join(folder, 'tables.sql'),
  env: {
    PATH: `${path.join(folder, 'venv/bin')}:${process.env.PATH}`,
    CHECKPOINT_DISABLE: '1',
    PRISMA_CLI_QUERY_ENGINE_TYPE: 'binary',
    PRISMA_QUERY_ENGINE_BINARY: path.join(folder, 'query-engine'),
    PRISMA_SCHEMA_ENGINE_BINARY: path.join(folder, 'query-engine'),
    QUERY_ENGINE_PACKAGES: folder,
    // Not in the program itself: it outlives the checkout that made it.
    QUERY_ENGINE_NODE: process.execPath,
  },
});

/** @returns where it is. The first who asks waits, others with it. */
export async function liteLLMEnvironment(): Promise<Environment> {
  const folder = placeOf();
  if (!existsSync(path.join(folder, 'done'))) {
    console.error('Installing LiteLLM takes a minute or two, once.');
    await mkdir(cacheDir, { recursive: true });
    // The lock ends with the process that holds it, however that ends.
    await finish('flock', [
      '--no-fork',
      path.join(cacheDir, 'litellm.lock'),
      process.execPath,
      import.meta.filename,
    ]);
  }
  return environmentAt(folder);
}

function placeOf(): string {
  const hash = createHash('sha256');
  for (const name of RECIPE) hash.update(readFileSync(path.join(HERE, name)));
  return path.join(cacheDir, `litellm-${hash.digest('hex').slice(0, 8)}`);
}

/** A virtual environment has its own path in it, so that it is made where it stays; `done` is written last. */
async function make(folder: string): Promise<void> {
  if (existsSync(path.join(folder, 'done'))) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { bin, env, tables } = environmentAt(folder);
  for (const name of ['package.json', 'package-lock.json'])
    await cp(path.join(HERE, 'engine', name), path.join(folder, name));
  await finish('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  await finish('python3', ['-m', 'venv', path.join(folder, 'venv')]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
  await finish(path.join(bin, 'python'), [...pip, '--requirement', path.join(HERE, 'requirements.txt')]);
  const program = `#!/bin/sh
[ "$1" = --version ] && { echo 'query-engine ${ENGINE_VERSION}'; exit; }
exec "$QUERY_ENGINE_NODE" '${path.join(folder, 'query-engine.mts')}' "$@"
`;
  await cp(path.join(HERE, 'query-engine.ts'), path.join(folder, 'query-engine.mts'));
  await writeFile(env.PRISMA_QUERY_ENGINE_BINARY!, program);
  await chmod(env.PRISMA_QUERY_ENGINE_BINARY!, 0o755);

  const [extras] = (await readdir(path.join(folder, 'venv/lib'))).map((python) =>
    path.join(folder, 'venv/lib', python, 'site-packages/litellm_proxy_extras'),
  );
  // The client's code for these tables, for this machine alone.
  const schema = path.join(folder, 'schema.prisma');
  const text = await readFile(path.join(extras!, 'schema.prisma'), 'utf8');
  await writeFile(schema, text.replace(/binaryTargets = .*/, 'binaryTargets = ["native"]'));
  const prisma = path.join(folder, 'node_modules/prisma/build/index.js');
  await finish(process.execPath, [prisma, 'generate', '--schema', schema], { env });
  // What would make the tables is a program that cannot be had either: they are made by the same SQL, in its order.
  const migrations = path.join(extras!, 'migrations');
  const names = (await readdir(migrations, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const statements = names
    .map(({ name }) => name)
    .sort()
    .map((name) => readFile(path.join(migrations, name, 'migration.sql'), 'utf8'));
  await writeFile(`${tables}.new`, (await Promise.all(statements)).join('\n;\n'));
  await rename(`${tables}.new`, tables);
  await writeFile(path.join(folder, 'done'), '');
}

if (import.meta.main) await make(placeOf());
