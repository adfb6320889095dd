/** What the policy asks of servers that are packages. */
import type { MCPServer } from '../api/mcpserver.ts';
import { isExact, packageName } from '../api/package.ts';
import type { Problem } from '../api/problem.ts';
import { listed } from './listed.ts';
import { packageMatches } from './patterns.ts';
import { invalid, type Rule } from './rule.ts';

const packagesAreAllowed: Rule = ({ spec: { package: given } }, { policy }) => {
  const { allowed } = policy.packages ?? {};
  if (!given || !allowed) return [];
  const name = packageName(given);
  if (allowed.some((pattern) => packageMatches(pattern, name))) return [];
  const must =
    allowed.length === 0
      ? 'must not be: no package is allowed, take an image'
      : `must be ${listed(allowed, '')}`;
  return [invalid(['package', given.npm === undefined ? 'pypi' : 'npm'], name, must)];
};

const EXACT = 'must be one version such as 1.2.3, and no range and no tag';

/** A registry serves what it has today: a range may bring other code to a pod that only moves to another node. */
function inexact({ spec: { package: given } }: MCPServer, must: string): Problem[] {
  return !given || isExact(given) ? [] : [invalid(['package', 'version'], given.version, must)];
}

const versionsAreExact: Rule = (server, { policy }) =>
  policy.packages?.requireExactVersion ? inexact(server, EXACT) : [];

const versionsAreExactByDefault: Rule = (server, { policy }) =>
  policy.packages?.requireExactVersion === undefined
    ? inexact(server, `${EXACT}, unless the operator's policy says packages.requireExactVersion: false`)
    : [];

/** A policy's rules of packages. */
export const packageRules: readonly Rule[] = [packagesAreAllowed, versionsAreExact];

/** What is asked for where no policy says otherwise. */
export const packageDefaults: readonly Rule[] = [versionsAreExactByDefault];
