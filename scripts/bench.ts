/**
 * Benchmarks the program against Node's own start and the real kustomize, in one run on one machine:
 *
 *   npm run bench [-- PART...]
 *
 * - starting: `--version`, `--help` and `generate` with nothing changed, against `node -e 0`; `generate` of the shipped
 *   registry.yaml into an empty folder, with all checks and nothing remembered of the tree, against `kubectl kustomize` of the base and
 *   of each overlay, one after another (building only)
 * - watching: from the save to the tree that is written, for one change in the shipped registry.yaml, and in 1,000 overlays
 * - oneOfMany: one change in 1,000 overlays, with what the run before remembers
 * - manyOverlays: 1, 4, 100 and 1,000 overlays, cold, with all checks, against `kubectl kustomize | kubeconform -strict` of
 *   each overlay, one after another, with the schemas of one minor on disk; time per overlay and peak memory
 *
 * Prints medians in milliseconds, each goal and whether it is met. Needs kubectl or kustomize; without kubeconform on the PATH
 * (`go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0`) that part is left out, and says so. The whole takes some
 * eight minutes, nearly all of them kustomize's and kubeconform's.
 */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configOf } from '../tests/support/config.js';
import { PROGRAM } from '../tests/support/cli.js';
import { findKustomizes, findProgram, type Kustomize } from '../tests/support/tools.js';
import { ALL_MINORS } from '../generator/checks/index.js';
import { many, shipped } from './bench/configs.js';
import {
  clear,
  clearCache,
  env,
  folder,
  generate,
  median,
  print,
  printGoal,
  printMissed,
  time,
} from './bench/measure.js';
import { writeKubeconformSchemas } from './kubeconform-schemas.js';

const ROUNDS = 15;
/** Numbers of overlays, how often kustomize and kubeconform build and check them, and how often faster `generate` has to be. */
const SIZES: { overlays: number; rounds: number; target?: number }[] = [
  { overlays: 1, rounds: 7 },
  { overlays: 4, rounds: 7, target: 3 },
  { overlays: 100, rounds: 1 },
  { overlays: 1000, rounds: 1, target: 20 },
];
function newestKustomize(): Kustomize {
  const kustomize = findKustomizes().at(-1);
  if (!kustomize) throw new Error('the benchmark needs kubectl or kustomize');
  return kustomize;
}

/** What a newcomer and an editor wait for. Runs take turns, so that what else the machine does is in all of them. */
function starting(): void {
  const kustomize = newestKustomize();
  const overlays = configOf(shipped).overlays.map(({ name }) => `overlays/${name}`);
  writeFileSync(join(folder, 'registry.yaml'), shipped);
  clearCache();
  const first = generate();
  const [program, ...args] = kustomize.command;
  const started = (...words: string[]): number => time(process.execPath, [PROGRAM, ...words]);
  const runs = Array.from({ length: ROUNDS }, () => {
    clear();
    const cold = generate();
    const building = ['base', ...overlays]
      .map((path) => time(program, [...args, path]))
      .reduce((sum, one) => sum + one, 0);
    const second = generate();
    const [node, version, help, noChange] = [
      time(process.execPath, ['-e', '0']),
      started('--version'),
      started('--help'),
      generate(),
    ];
    return { cold, building, second, node, version, help, noChange };
  });
  const of = (name: keyof (typeof runs)[number]): number => median(runs.map((run) => run[name]));
  print('node -e 0 (ms)', of('node').toFixed(0));
  printGoal('--version / node -e 0', of('version') / of('node'), { below: 1.15 }, 2);
  printGoal('--help / node -e 0', of('help') / of('node'), { below: 1.15 }, 2);
  print('generate, nothing changed (ms)', of('noChange').toFixed(0));
  printGoal('generate, nothing changed / node -e 0', of('noChange') / of('node'), { below: 1.5 }, 2);
  print('generate, the first run that finds nothing to do (ms)', of('second').toFixed(0));
  print('generate, the very first run, no compiled code yet (ms)', first.toFixed(0));
  print(`generate, base and ${overlays.length} overlays, cold (ms)`, of('cold').toFixed(0));
  print(`${kustomize.label} building the same (ms)`, of('building').toFixed(0));
  printGoal('cold / kustomize', of('cold') / of('building'), { below: 0.35 }, 2);
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
        env,
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
  generate();
  const first = generate();
  const nothing = costOf(5, () => {});
  const change = costOf(5, (round) =>
    writeFileSync(join(folder, 'registry.yaml'), text.replace('host: o2.example', `host: changed-${round}.example`)),
  );
  print('1,000 overlays: the first run that remembers (ms)', first.toFixed(0));
  print('1,000 overlays: nothing changed (ms)', nothing.milliseconds.toFixed(0));
  printGoal('1,000 overlays: one changed (ms)', change.milliseconds, { below: 400 });
  print('1,000 overlays: one changed, peak memory (MB)', change.megabytes.toFixed(0));
}

/** @returns milliseconds from a save to the tree that is written, of `watch`: of the first save, and the median of all. @param textOf registry.yaml, where a host is to be in the tree */
async function watched(rounds: number, textOf: (host: string) => string): Promise<{ first: number; all: number }> {
  clear();
  writeFileSync(join(folder, 'registry.yaml'), textOf('first.example.com'));
  // As where somebody begins to work: the tree is there, and nothing is to be written yet.
  generate();
  const child = spawn(process.execPath, [PROGRAM, 'watch'], { cwd: folder, env });
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
  const changed = many(1000);
  const saves = await watched(15, (host) => shipped.replace('registry.example.com', host));
  printGoal('watch: one change in the shipped registry.yaml (ms)', saves.all, { below: 60 });
  print('watch: the first change of a session (ms)', saves.first.toFixed(0));
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
    const ratio = theirs / cost.milliseconds;
    if (target) printGoal(`${size}: theirs / generate`, ratio, { atLeast: target }, 1);
    else print(`${size}: theirs / generate`, ratio.toFixed(1));
  }
  const [small, large] = [taken.get(100)!.milliseconds / 100, taken.get(1000)!.milliseconds / 1000];
  print('100 overlays, cold, per overlay (ms)', small.toFixed(2));
  print('1,000 overlays, cold, per overlay (ms)', large.toFixed(2));
  printGoal('1,000 / 100, per overlay', large / small, { below: 1.2 }, 2);
  printGoal('1,000 overlays, peak memory (MB)', taken.get(1000)!.megabytes, { below: 300 });
}

const PARTS: Record<string, () => void | Promise<void>> = { starting, watching, oneOfMany, manyOverlays };
const wanted = process.argv.slice(2);

try {
  if (!existsSync(PROGRAM)) throw new Error('build first: npm run bundle');
  for (const [name, part] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) await part();
  printMissed();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
