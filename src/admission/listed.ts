/** What a policy allows, in words. */

/** A long list says no more than its beginning. */
export function listed(allowed: readonly string[], none: string): string {
  if (allowed.length <= 1) return allowed[0] ?? none;
  const shown = allowed.slice(0, 5).join(', ');
  return allowed.length > 5 ? `one of ${shown} and ${allowed.length - 5} more` : `one of ${shown}`;
}
