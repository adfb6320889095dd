/** The bridge as a file of its own, which is copied beside somebody's server: `bridge.mjs`. */
import { UsageError } from '../usage.ts';
import { VERSION } from '../version.ts';
import { run, usage } from './command.ts';

const args = process.argv.slice(2);

try {
  // That it can be started at all is what `copy-bridge` looks at.
  if (args[0] === '--version') process.stdout.write(`${VERSION}\n`);
  else process.exitCode = await run(args);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
