/** The tree is whole whenever a run is killed. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, run, start } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { inputs } from './killed.js';

const test = suite('kill -9');

const thorough = process.env['THOROUGH'] === 'true';
const rounds = process.env['SOAK'] === 'true' ? 100 : thorough ? 25 : 10;
/** How often the moves are to be hit. */
const hits = thorough ? 3 : 1;

function treeOf(folder: string): Record<string, string> {
  const { 'registry.yaml': input, ...files } = readFiles(folder, ['.registry-gitops.tmp']);
  return files;
}

/** Starts `generate`, and kills it with its whole process group after so many milliseconds. */
async function killed(folder: string, after: number): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'generate'], { cwd: folder, detached: true, stdio: 'ignore' });
  const exited = new Promise((resolve) => child.on('close', resolve));
  await Promise.race([sleep(after), exited]);
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It was faster.
  }
  await exited;
}

const STAGING = '.registry-gitops.tmp';

/** @returns the process that moves the files, and may outlive the generator; undefined where none has begun to write. */
function committerOf(folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, STAGING, 'owner'), 'utf8').split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Waits for that process, which has milliseconds to go on a machine with nothing else to do. */
async function settled(folder: string): Promise<void> {
  for (let waited = 0; waited < 10_000 && isAlive(committerOf(folder)); waited += 5) await sleep(5);
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Kills without a word where the process was not faster. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was.
  }
}

/** Runs `generate`, and does something as soon as the first file is moved. @param act gets the generator */
async function inTheMoves(folder: string, act: (generator: number) => void): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'generate'], { cwd: folder, detached: true, stdio: 'ignore' });
  const exited = new Promise((resolve) => child.on('close', resolve));
  // The list of generated files is staged first, and moved first.
  const interim = join(folder, STAGING, 'interim');
  // Watched with no more of a pause than the exit code needs to arrive: from the first move to the last it is a few milliseconds.
  while (!existsSync(interim) && child.exitCode === null) await turn();
  while (existsSync(interim));
  act(child.pid!);
  await exited;
}

/** Whether there are files that wait to be moved. */
function isInTheMiddle(folder: string): boolean {
  return existsSync(join(folder, STAGING)) && readdirSync(join(folder, STAGING)).length > 1;
}

test(`at ${rounds} moments of generate: the tree is wholly old or wholly new`, () =>
  withFolder(async (folder) => {
    const trees: Record<string, string>[] = [];
    let duration = 0;
    for (const input of [...inputs, inputs[0]!]) {
      writeFileSync(join(folder, 'registry.yaml'), input);
      const begun = performance.now();
      assert.is(start(folder, ['generate']).code, 0);
      duration = performance.now() - begun;
      trees.push(treeOf(folder));
    }
    assert.not.equal(trees[0], trees[1]);
    const seen = { old: 0, new: 0 };
    let current = 0;
    for (let round = 0; round < rounds; round++) {
      const next = 1 - current;
      writeFileSync(join(folder, 'registry.yaml'), inputs[next]!);
      // From the first moment to well after the last: a busy machine is slower now than it was before.
      await killed(folder, (round / rounds) * duration * 1.5);
      await settled(folder);
      const tree = JSON.stringify(treeOf(folder));
      const isOld = tree === JSON.stringify(trees[current]);
      const isNew = tree === JSON.stringify(trees[next]);
      assert.ok(isOld || isNew, `round ${round}: the tree is neither the old one nor the new one`);
      seen[isNew ? 'new' : 'old']++;
      current = next;
      if (isNew && !existsSync(join(folder, STAGING))) continue;
      // Whatever was left behind, the next run brings the tree up to date.
      const begun = performance.now();
      const { code, err } = start(folder, ['generate']);
      // A busy machine is slower or faster than it was before: the moments are to be those of a run as it is now.
      if (isOld) duration = performance.now() - begun;
      assert.equal([code, err], [0, '']);
      assert.equal(treeOf(folder), trees[next]);
    }
    assert.ok(seen.old > 0 && seen.new > 0, `both outcomes were seen: ${JSON.stringify(seen)}`);
  }));

/** Two inputs the trees of which differ in hundreds of files, with these trees. */
interface LargeTrees {
  texts: string[];
  trees: Record<string, string>[];
}

let largeTrees: LargeTrees | undefined;

/** Generates both trees once, for all tests. */
async function makeLargeTrees(): Promise<LargeTrees> {
  if (largeTrees) return largeTrees;
  const overlay = (name: string): string => `  ${name}:\n    redis:\n      type: sidecar\n`;
  const overlays = Array.from({ length: 80 }, (_, index) => overlay(`o${index}`)).join('');
  const texts = [2, 3].map(
    (seconds) => `replicas: 1\ndrainSeconds: ${seconds}\noverlays:\n${overlays}${overlay(`only-${seconds}`)}`,
  );
  const trees = await withFolder((folder) =>
    texts.map((text) => {
      writeFileSync(join(folder, 'registry.yaml'), text);
      assert.is(run(folder, ['generate']).code, 0);
      return treeOf(folder);
    }),
  );
  largeTrees = { texts, trees };
  return largeTrees;
}

/** Runs with a folder that has the second of the large trees. */
function withLargeTree(check: (folder: string, trees: LargeTrees) => Promise<void>): () => Promise<void> {
  return async () => {
    const large = await makeLargeTrees();
    await withFolder(async (folder) => {
      writeFiles(folder, Object.entries({ ...large.trees[1]!, 'registry.yaml': large.texts[1]! }));
      await check(folder, large);
    });
  };
}

test(
  'in the middle of the moves: they are carried out to the end',
  withLargeTree(async (folder, { texts, trees }) => {
    let inTheMiddle = 0;
    for (let round = 0; round < 10 && inTheMiddle < hits; round++) {
      writeFileSync(join(folder, 'registry.yaml'), texts[round % 2]!);
      await inTheMoves(folder, (generator) => {
        if (isInTheMiddle(folder)) inTheMiddle++;
        kill(-generator);
      });
      await settled(folder);
      assert.equal(treeOf(folder), trees[round % 2], `round ${round}: the moves were cut off`);
    }
    assert.ok(inTheMiddle > 0, 'the kill hit the moves at least once');
  }),
);

test(
  'in the middle of the moves, the process that moves the files too: the next run makes the tree whole',
  withLargeTree(async (folder, { texts, trees }) => {
    let inTheMiddle = 0;
    for (let round = 0; round < 20 && inTheMiddle < hits; round++) {
      writeFileSync(join(folder, 'registry.yaml'), texts[round % 2]!);
      await inTheMoves(folder, (generator) => {
        const committer = committerOf(folder);
        kill(-generator);
        if (committer) kill(committer);
      });
      if (isInTheMiddle(folder)) {
        inTheMiddle++;
        assert.not.equal(treeOf(folder), trees[round % 2]);
      } else if (isDeepStrictEqual(treeOf(folder), trees[round % 2])) continue;
      // No folder of the user is needed for it.
      const { code, err } = run(folder, ['generate'], '', {
        HOME: '/proc/none',
        XDG_STATE_HOME: '',
        XDG_CACHE_HOME: '',
      });
      assert.equal([code, err], [0, '']);
      assert.equal(treeOf(folder), trees[round % 2], `round ${round}`);
    }
    assert.ok(inTheMiddle > 0, 'the kill hit the moves at least once');
  }),
);

test.run();
