/** What the images bring along may be brought along: the lock file says under which licenses. */
import { test } from 'tap';
import { readText } from './files.ts';

/** Permissive ones. Whoever adds another reads it first. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
]);

interface Package {
  dev?: boolean;
  /** A workspace of ours, seen from node_modules. */
  link?: boolean;
  license?: string;
  resolved?: string;
}

const lock = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Package> };
const shipped = Object.entries(lock.packages).filter(([name, { dev, link }]) => name !== '' && !dev && !link);

test('every dependency of the images has a permissive license', async (t) => {
  t.ok(shipped.length > 50);
  for (const [name, { license = 'none' }] of shipped) t.ok(ALLOWED.has(license), `${name}: ${license}`);
});

test('no package comes from elsewhere than the registry that npm is set up with', async (t) => {
  const elsewhere = Object.values(lock.packages).flatMap((one) => (one.link ? [] : (one.resolved ?? [])));
  t.strictSame(elsewhere, []);
});
