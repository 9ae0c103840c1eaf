/** Starts the program, or says what it waits for. Plain JavaScript, as nothing may be installed yet. */
import { existsSync } from 'node:fs';

const program = new URL('../dist/registry-gitops.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

function refuse(message) {
  console.error(`registry-gitops: ${message}`);
  process.exitCode = 3;
}

if (major < 20 || (major === 20 && minor < 11)) {
  refuse(`Node 20.11 or newer is needed; this is ${process.versions.node}`);
} else if (existsSync(program)) {
  await import(program);
} else if (existsSync(new URL('../node_modules/esbuild', import.meta.url))) {
  // npm ci --ignore-scripts leaves out the script that builds, and so do other package managers.
  refuse('the program is not built yet; run `npm run bundle`');
} else {
  refuse('its packages are not installed yet; run `npm ci`');
}
