/** Wrong use of the command: it is told with the usage, and the exit status is 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
