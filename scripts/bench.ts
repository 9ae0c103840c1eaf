/**
 * Benchmarks `generate` against the real kustomize, in one run on one machine:
 *
 *   npm run bench
 *
 * - cold: `generate` of the shipped registry.yaml into an empty folder, with checks
 * - no change: `generate` again
 * - kustomize: `kubectl kustomize` of the base and of each overlay, one after another (building only)
 * - 1, 4, 100 and 1,000 overlays: `generate`, cold, with all checks, against `kubectl kustomize | kubeconform -strict` of
 *   each overlay, one after another, with the schemas of one minor on disk
 * - 100 and 1,000 overlays: time per overlay and peak memory, cold
 * - one change in 1,000 overlays, with what the run before remembers
 * - watch: from the save to the tree that is written, for one change in the shipped registry.yaml, and in 1,000 overlays
 *
 * Prints medians in milliseconds, and the ratios that matter. Needs kubectl or kustomize; without kubeconform on the PATH
 * (`go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0`) that part is left out, and says so. The whole takes some
 * eight minutes, nearly all of them kustomize's and kubeconform's.
 */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf } from '../tests/support/config.js';
import { PROGRAM } from '../tests/support/cli.js';
import { findKustomizes, findProgram, type Kustomize } from '../tests/support/tools.js';
import { ALL_MINORS } from '../generator/checks/index.js';
import { writeKubeconformSchemas } from './kubeconform-schemas.js';

const ROUNDS = 15;
/** Numbers of overlays, how often kustomize and kubeconform build and check them, and how often faster `generate` has to be. */
const SIZES: { overlays: number; rounds: number; target?: number }[] = [
  { overlays: 1, rounds: 7 },
  { overlays: 4, rounds: 7, target: 3 },
  { overlays: 100, rounds: 1 },
  { overlays: 1000, rounds: 1, target: 20 },
];
const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-bench-'));

/** @returns milliseconds that a program takes. */
function time(command: string, args: string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return performance.now() - start;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function clear(): void {
  for (const path of ['base', 'overlays', '.registry-gitops.sha256', 'node_modules'])
    rmSync(join(folder, path), { recursive: true, force: true });
}

function newestKustomize(): Kustomize {
  const kustomize = findKustomizes().at(-1);
  if (!kustomize) throw new Error('the benchmark needs kubectl or kustomize');
  return kustomize;
}

const generate = (): number => time(process.execPath, [PROGRAM, 'generate']);
const print = (what: string, value: string): void => console.log(`${what.padEnd(58)} ${value.padStart(10)}`);

function shippedTree(): void {
  const kustomize = newestKustomize();
  const text = readFileSync(join(import.meta.dirname, '../registry.yaml'), 'utf8');
  const overlays = configOf(text).overlays.map(({ name }) => `overlays/${name}`);
  writeFileSync(join(folder, 'registry.yaml'), text);
  const [program, ...args] = kustomize.command;
  const times = { cold: [] as number[], noChange: [] as number[], kustomize: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    clear();
    times.cold.push(generate());
    times.noChange.push(generate());
    const builds = ['base', ...overlays].map((path) => time(program, [...args, path]));
    times.kustomize.push(builds.reduce((sum, one) => sum + one, 0));
  }
  const [cold, noChange, building] = [median(times.cold), median(times.noChange), median(times.kustomize)];
  print(`generate, base and ${overlays.length} overlays, cold (ms)`, cold.toFixed(0));
  print('generate, nothing changed (ms)', noChange.toFixed(0));
  print(`${kustomize.label} building the same (ms)`, building.toFixed(0));
  print('cold / kustomize (target: at most 1)', (cold / building).toFixed(2));
  print('nothing changed / kustomize (target: below 0.60)', (noChange / building).toFixed(2));
  print('nothing changed / cold', (noChange / cold).toFixed(2));
}

/** @returns a registry.yaml with many overlays like the shipped ones, each with something of its own. */
function many(count: number): string {
  const overlays = Array.from({ length: count }, (_, index) => {
    const choice = [
      '    redis:\n      type: sidecar\n',
      '    redis:\n      type: statefulset\n      replicas: 1\n',
      '    redis:\n      type: statefulset\n    ingress:\n      class: nginx\n',
      '    redis:\n      type: statefulset\n    ingress:\n      class: gce\n    tls:\n      type: gke-managed\n',
    ][index % 4]!;
    return `  o${index}:\n    namespace: team-${index}\n    host: o${index}.example.com\n${choice}`;
  });
  const ignore =
    'checks:\n  ignore:\n    delete-cache: A benchmark deletes nothing.\n    plain-http-login: A benchmark is not served.\n';
  return `host: registry.example.com\n${ignore}overlays:\n${overlays.join('')}`;
}

interface Cost {
  milliseconds: number;
  /** Peak resident memory of the generator's process. */
  megabytes: number;
}

/** @returns what a cold `generate` costs. */
function generateMany(count: number): Cost {
  writeFileSync(join(folder, 'registry.yaml'), many(count));
  return costOf(5, clear);
}

/** @returns what `generate` costs: the median of some runs, each after something is done. */
function costOf(rounds: number, before: (round: number) => void): Cost {
  const runs = Array.from({ length: rounds }, (_, round) => {
    before(round);
    const reporter = `process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`;
    const start = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${reporter}`, PROGRAM, 'generate'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    return { milliseconds: performance.now() - start, megabytes: Number(/peak (\d+)/.exec(stderr)![1]) / 1024 };
  });
  return {
    milliseconds: median(runs.map((run) => run.milliseconds)),
    megabytes: Math.max(...runs.map((run) => run.megabytes)),
  };
}

/** One overlay of a thousand is changed, in a folder with a place to remember in. */
function oneOfMany(): void {
  const text = many(1000);
  writeFileSync(join(folder, 'registry.yaml'), text);
  clear();
  mkdirSync(join(folder, 'node_modules'));
  generate();
  const first = generate();
  const nothing = costOf(5, () => {});
  const change = costOf(5, (round) =>
    writeFileSync(join(folder, 'registry.yaml'), text.replace('host: o2.example', `host: changed-${round}.example`)),
  );
  print('1,000 overlays: the first run that remembers (ms)', first.toFixed(0));
  print('1,000 overlays: nothing changed (ms)', nothing.milliseconds.toFixed(0));
  print('1,000 overlays: one changed (ms, target: below 1,000)', change.milliseconds.toFixed(0));
  print('1,000 overlays: one changed, peak memory (MB)', change.megabytes.toFixed(0));
}

/** @returns milliseconds from a save to the tree that is written, of `watch`: of the first save, and the median of all. @param textOf registry.yaml, where a host is to be in the tree */
async function watched(rounds: number, textOf: (host: string) => string): Promise<{ first: number; all: number }> {
  clear();
  writeFileSync(join(folder, 'registry.yaml'), textOf('first.example.com'));
  // As where somebody begins to work: the tree is there, and nothing is to be written yet.
  generate();
  const child = spawn(process.execPath, [PROGRAM, 'watch'], { cwd: folder });
  const exited = new Promise((resolve) => child.on('close', resolve));
  let log = '';
  child.stdout.on('data', (data) => (log += data));
  while (!log.includes('Ctrl-C ends')) await sleep(20);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // The process that writes the next tree is started after each.
    await sleep(500);
    const manifest = (): string => readFileSync(join(folder, '.registry-gitops.sha256'), 'utf8');
    const before = manifest();
    const start = performance.now();
    writeFileSync(join(folder, 'registry.yaml'), textOf(`h${round}.example.com`));
    while (manifest() === before || existsSync(join(folder, '.registry-gitops.tmp'))) await sleep(1);
    times.push(performance.now() - start);
  }
  child.kill('SIGINT');
  await exited;
  return { first: times[0]!, all: median(times) };
}

async function watching(): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, '../registry.yaml'), 'utf8');
  const changed = many(1000);
  const shipped = await watched(15, (host) => text.replace('registry.example.com', host));
  print('watch: one change in the shipped registry.yaml (ms, target: below 100)', shipped.all.toFixed(0));
  print('watch: the first change of a session (ms, target: below 100)', shipped.first.toFixed(0));
  print(
    'watch: one change in 1,000 overlays (ms)',
    (await watched(5, (host) => changed.replace('o2.example.com', host))).all.toFixed(0),
  );
}

/** @returns milliseconds that kustomize and kubeconform take for the overlays of the tree that is there. */
function kustomizeAndKubeconform(kustomize: Kustomize, kubeconform: string, schemas: string, count: number): number {
  const quoted = [...kustomize.command, '"$1"'].join(' ');
  const script = `set -o pipefail; ${quoted} | ${kubeconform} -strict -schema-location '${schemas}'`;
  let sum = 0;
  for (let index = 0; index < count; index++) sum += time('bash', ['-c', script, 'bash', `overlays/o${index}`]);
  return sum;
}

function manyOverlays(): void {
  const kubeconform = findProgram('kubeconform');
  const schemas = writeKubeconformSchemas(join(folder, 'schemas'), ALL_MINORS.last);
  if (!kubeconform) console.log('kubeconform is not on the PATH: not compared with it');
  const taken = new Map<number, Cost>();
  for (const { overlays, rounds, target } of SIZES) {
    const cost = generateMany(overlays);
    taken.set(overlays, cost);
    const size = `${overlays.toLocaleString('en')} overlay${overlays === 1 ? '' : 's'}`;
    print(`${size}: generate, cold (ms)`, cost.milliseconds.toFixed(0));
    print(`${size}: peak memory (MB)`, cost.megabytes.toFixed(0));
    if (!kubeconform) continue;
    const theirs = median(
      Array.from({ length: rounds }, () => kustomizeAndKubeconform(newestKustomize(), kubeconform, schemas, overlays)),
    );
    print(`${size}: kustomize | kubeconform -strict (ms)`, theirs.toFixed(0));
    print(
      `${size}: theirs / generate${target ? ` (target: at least ${target})` : ''}`,
      (theirs / cost.milliseconds).toFixed(1),
    );
  }
  const [small, large] = [taken.get(100)!.milliseconds / 100, taken.get(1000)!.milliseconds / 1000];
  print('100 overlays, cold, per overlay (ms)', small.toFixed(2));
  print('1,000 overlays, cold, per overlay (ms)', large.toFixed(2));
  print('1,000 / 100, per overlay (target: at most 1.20)', (large / small).toFixed(2));
  print('1,000 overlays, peak memory (MB, target: below 300)', taken.get(1000)!.megabytes.toFixed(0));
}

try {
  if (!existsSync(PROGRAM)) throw new Error('build first: npm run bundle');
  shippedTree();
  manyOverlays();
  oneOfMany();
  await watching();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
