/** Starts the program, or says what it waits for. Plain JavaScript, as nothing may be installed yet. */
import { existsSync } from 'node:fs';
import { problemOfNode } from './node-version.js';

const program = new URL('../dist/registry-gitops.js', import.meta.url);
const problem = problemOfNode();

function refuse(message) {
  console.error(`registry-gitops: ${message}`);
  process.exitCode = 3;
}

if (problem !== undefined) {
  refuse(problem);
} else if (existsSync(program)) {
  await import(program);
} else if (existsSync(new URL('../node_modules/esbuild', import.meta.url))) {
  // npm ci --ignore-scripts leaves out the script that builds, and so do other package managers.
  refuse('the program is not built yet; run `npm run bundle`');
} else {
  refuse('its packages are not installed yet; run `npm ci`');
}
