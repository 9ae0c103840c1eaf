/** Builds the program, when npm has installed its packages. Plain JavaScript: the build itself needs a Node that it may not have. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { problemOfNode } from './node-version.js';

const problem = problemOfNode();
if (problem === undefined) {
  const build = fileURLToPath(new URL('build.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', build], { stdio: 'inherit' });
  process.exitCode = status === null ? 1 : status;
} else {
  console.error(`registry-gitops: ${problem}`);
  process.exitCode = 3;
}
