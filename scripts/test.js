/** Runs the unit tests in two processes, as most of them wait for programs that they started: `npm test`, with a pattern for some files. */
import { spawn } from 'node:child_process';

/** Folders that take about as long together as all the others do. */
const HALVES = [
  '^(?!e2e|support|checks|kustomize|manifests|config|features|trace|tree|fleet).*\\.test\\.ts$',
  '^(checks|kustomize|manifests|config|features|trace|tree|fleet)/.*\\.test\\.ts$',
];
const patterns = process.argv[2] ? [process.argv[2]] : HALVES;

/** @returns the exit code. The output is printed at once, or at the end in one piece: two at once cannot be read. */
function run(pattern, isFirst) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'node_modules/uvu/bin.js', 'tests', pattern], {
    stdio: ['ignore', isFirst ? 'inherit' : 'pipe', isFirst ? 'inherit' : 'pipe'],
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => printed.push(data));
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? 1, text: Buffer.concat(printed) })),
  );
}

const results = await Promise.all(patterns.map((pattern, index) => run(pattern, index === 0)));
for (const { text } of results) process.stdout.write(text);
process.exitCode = Math.max(...results.map(({ code }) => code));
