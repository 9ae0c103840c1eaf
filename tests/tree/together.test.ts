/** Two runs at once, and what a run leaves behind. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Committer, compareTree, TreeChanged, writeChanges } from '../../generator/tree/index.js';
import { replaceFiles } from '../../generator/tree/replace.js';
import { PROGRAM, run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { until } from '../support/processes.js';
import { inputs } from './killed.js';

const test = suite('runs at once');

test('two runs at once leave one whole tree', () =>
  withFolder(async (folder) => {
    for (const [index, input] of inputs.entries()) writeFileSync(join(folder, `${index}.yaml`), input);
    const runs = Array.from({ length: 6 }, (_, index) => {
      const child = spawn(process.execPath, [PROGRAM, 'generate', '--config', `${index % 2}.yaml`, '--force'], {
        cwd: folder,
        stdio: 'ignore',
      });
      return new Promise<number | null>((resolve) => child.on('close', resolve));
    });
    assert.equal(await Promise.all(runs), [0, 0, 0, 0, 0, 0]);
    const codes = [0, 1].map((index) => run(folder, ['check', '--config', `${index}.yaml`]).code);
    assert.equal(codes.sort(), [0, 1], 'the tree is exactly one of the two');
  }));

/** Moves the files in this process, as the program does in one of its own. */
const inProcess = (): Committer => ({
  pid: process.pid,
  ready: Promise.resolve(),
  go: async (replacement) => {
    const here = process.cwd();
    replaceFiles(replacement);
    process.chdir(here);
  },
  stop: () => undefined,
});

test('a tree that was written since it was compared is left as it is', () =>
  withFolder(async (folder) => {
    const path = 'base/a.yaml';
    const first = compareTree(folder, new Map([[path, 'a: 1\n']]));
    const second = compareTree(folder, new Map([[path, 'a: 2\n']]));
    await writeChanges(folder, first, inProcess());
    for (const committer of [inProcess(), inProcess()]) {
      const refused = await writeChanges(folder, second, committer).catch((error: unknown) => error);
      assert.instance(refused, TreeChanged);
    }
    assert.is(readFileSync(join(folder, path), 'utf8'), 'a: 1\n');
    await writeChanges(folder, compareTree(folder, new Map([[path, 'a: 2\n']])), inProcess());
    assert.is(readFileSync(join(folder, path), 'utf8'), 'a: 2\n');
  }));

test('the process that writes is gone with the run, whether there was anything to write or not', () =>
  withFolder(async (folder) => {
    const committers = (): string[] =>
      execFileSync('ps', ['-axo', 'command'], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(`commit-tree.js ${realpathSync(folder)}`));
    const file = join(folder, 'registry.yaml');
    for (const [text, code] of [
      ['name: images\n', 0],
      ['name: images\n', 0],
      ['host: images.example.com\ningress:\n  class: nginx\n', 1],
      ['replica: 1\n', 2],
    ] as const) {
      writeFileSync(file, text);
      assert.is(run(realpathSync(folder), ['generate']).code, code, text);
      await until('the process is gone', () => committers().length === 0, 5_000);
    }
    // Killed while it plans: the other process hears no word, and ends.
    writeFileSync(file, 'name: other\n');
    const child = spawn(process.execPath, [PROGRAM, 'generate'], {
      cwd: realpathSync(folder),
      detached: true,
      stdio: 'ignore',
    });
    const exited = new Promise((resolve) => child.on('close', resolve));
    while (committers().length === 0 && child.exitCode === null) await turn();
    child.kill('SIGKILL');
    await exited;
    await until('the process is gone', () => committers().length === 0, 5_000);
  }));

test.run();
