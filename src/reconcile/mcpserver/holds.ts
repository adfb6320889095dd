/** What may hold a plan back, in the order in which it does. A new hold is a file of `holds/` and a line here. */
import { account } from './holds/account.ts';
import { addresses } from './holds/addresses.ts';
import { names } from './holds/names.ts';
import { oldPods } from './holds/oldpods.ts';
import { runtime } from './holds/runtime.ts';
import { secrets } from './holds/secrets.ts';
import { nothingNew, oldSpec } from './holds/strategy.ts';
import type { Hold } from './plan.ts';

export const HOLDS: readonly Hold[] = [
  oldSpec,
  secrets,
  account,
  runtime,
  names,
  addresses,
  oldPods,
  nothingNew,
];
