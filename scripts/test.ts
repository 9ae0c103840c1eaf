/**
 * Runs test files, several at a time: `npm test`, or `npm test -- PATTERN` for those whose path below tests/ matches.
 * `JOBS` says how many processes run them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { scratch } from '../tests/support/folder.js';
import { type Ran, runFiles } from './test/pool.js';

const FOLDER = 'tests';
/**
 * The order of the files. What starts programs comes first: to start one takes the longer, the more a process has in memory, and the tests of
 * the checks leave much there. Of each kind those that take longest are begun first: else one of them would run alone in the end.
 */
const ORDER = [
  /^publish\/(push|states)/,
  /^tree\/kill/,
  /^publish\//,
  /^(docs\/runs|cli\/diff-live)/,
  /^(hostile|watch|tree|cli|docs|memory|start)\//,
  /^(checks\/(robust|corpus)|config\/capability|trace\/cause|kustomize\/equality|collector\/model)\./,
];
/** What uvu prints of a suite: its name, a sign for each test, and a count. */
const SUITE_LINE = /\(\d+ \/ \d+\)/;
/** What of it stands in front of the first line that a test prints. */
const SIGNS = /^.*[•✘]\S* /;

const pattern = new RegExp(process.argv[2] ?? '^(?!e2e/)', 'i');
const files = fastGlob
  .sync('**/*.test.ts', { cwd: FOLDER })
  .filter((file) => pattern.test(file))
  .sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));

/** @returns where a file stands in the order. */
function rank(file: string): number {
  const index = ORDER.findIndex((pattern) => pattern.test(file));
  return index === -1 ? ORDER.length : index;
}

if (files.length === 0) {
  console.error(`No test file in ${FOLDER}/ matches ${pattern}.`);
  process.exit(1);
}

// Also for the programs that the tests start. A developer may say where.
process.env['TMPDIR'] ??= scratch();
// What the program remembers of the tests' trees does not belong into the user's folder.
const cache = mkdtempSync(join(tmpdir(), 'registry-gitops-cache-'));
process.env['XDG_CACHE_HOME'] = cache;
if (process.stdout.isTTY) process.env['FORCE_COLOR'] = '1';
const start = performance.now();
const all: Ran[] = [];
// One more than there are processors: many tests wait for a lock, a push or a watch.
const jobs = Number(process.env['JOBS'] ?? availableParallelism() + 1);
await runFiles(
  files.map((file) => join(FOLDER, file)),
  jobs,
  (ran) => {
    all.push(ran);
    const { passed, total, seconds, failures } = ran.result;
    console.log(`${ran.file}: ${passed} of ${total}, ${seconds.toFixed(1)} s`);
    if (failures) console.log(`${ran.printed}\n${failures}`);
    else
      for (const line of ran.printed.split('\n'))
        if (line && !SUITE_LINE.test(line)) console.log(`  ${line.replace(SIGNS, '')}`);
  },
);

rmSync(cache, { recursive: true, force: true });
const sum = (key: 'passed' | 'skipped' | 'total') => all.reduce((total, { result }) => total + result[key], 0);
const failed = all.filter(({ result }) => result.passed < result.total || result.failures);
const slow = [...all].sort((one, other) => other.result.seconds - one.result.seconds).slice(0, 5);
console.log(`
  Files:     ${all.length}, ${jobs} at a time
  Slowest:   ${slow.map(({ file, result }) => `${file} ${result.seconds.toFixed(0)} s`).join(', ')}
  Total:     ${sum('total')}
  Passed:    ${sum('passed')}
  Skipped:   ${sum('skipped')}
  Duration:  ${((performance.now() - start) / 1000).toFixed(0)} s
${failed.map(({ file }) => `\n  Failed:    ${file}`).join('')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
