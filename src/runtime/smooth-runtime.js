#!/usr/bin/env node
// npm links a command only where its file is there, and dist comes after that, with npm run build.
import { existsSync } from 'node:fs';

const built = new URL('./dist/runtime/main.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  process.stderr.write('smooth-runtime is not built yet: npm run build\n');
  process.exitCode = 2;
}
