/** Starts the program, or says what it waits for. Plain JavaScript, as nothing may be installed yet. */
import { existsSync } from 'node:fs';

const program = new URL('../dist/registry-gitops.js', import.meta.url);
if (existsSync(program)) {
  await import(program);
} else {
  console.error('registry-gitops: the program is not built yet; run `npm ci` first');
  process.exitCode = 3;
}
