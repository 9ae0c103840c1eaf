/** What stands in the way of a tree, and what a machine that stopped left of one. */
import { mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { compareTree } from '../../generator/tree/index.js';
import { replaceFiles, STAGING } from '../../generator/tree/replace.js';
import { stageChanges } from '../../generator/tree/staging.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { generated, MANIFEST } from './trees.js';

const test = suite('the tree on disk: links, and what a stop left');

test('nothing is written through a symbolic link', () =>
  withFolder((folder) => {
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'registry.yaml'), shipped);
    symlinkSync('elsewhere', join(folder, 'overlays'));
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 3);
    assert.match(err, 'overlays is a symbolic link');
    assert.equal(Object.keys(readFiles(join(folder, 'elsewhere'))), []);
  }));

test('a folder where a file belongs, and a file where a folder belongs, are reported', () =>
  withFolder((folder) => {
    writeFiles(folder, [
      ['registry.yaml', shipped],
      ['base/deployment.yaml/x', ''],
    ]);
    assert.match(run(folder, ['generate']).err, 'base/deployment.yaml is a folder, but a generated file belongs there');
    rmSync(join(folder, 'base'), { recursive: true });
    writeFileSync(join(folder, 'base'), '');
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 3);
    assert.match(err, 'base is a file, but generated files belong in a folder of that name');
  }));

test(
  'a bad registry.yaml leaves the tree as it is',
  generated((folder) => {
    const before = readFiles(folder);
    writeFileSync(join(folder, 'registry.yaml'), 'replicas: x\n');
    assert.is(run(folder, ['generate']).code, 2);
    assert.equal({ ...readFiles(folder), 'registry.yaml': shipped }, before);
  }),
);

/** Writes a tree as a machine does that stops after so many steps: moves, removals, the list of generated files. @returns the number of all steps */
function stopped(folder: string, wanted: Record<string, string>, steps: number): number {
  const { changes } = compareTree(folder, new Map(Object.entries(wanted)));
  mkdirSync(join(folder, STAGING));
  const { root, moves, removals, last } = stageChanges(realpathSync(folder), changes);
  const [moved, removed] = [Math.min(steps, moves.length), Math.max(0, steps - moves.length)];
  const before = process.cwd();
  try {
    replaceFiles({ root, moves: moves.slice(0, moved), removals: removals.slice(0, removed), last: [] });
  } finally {
    process.chdir(before);
  }
  // What had not been moved yet is left.
  writeFiles(folder, [
    [`${STAGING}/owner`, '999999998 999999999'],
    [`${STAGING}/${moves.length}`, 'staged\n'],
  ]);
  return moves.length + removals.length + last.length;
}

test('wherever in the moves a machine stopped, generate makes the tree whole, and leaves nothing of the old one', () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), shipped);
    assert.is(run(folder, ['generate']).code, 0);
    const old = readFiles(folder);
    // Some files are added, some changed, some removed.
    const input = `${shipped.replace('replicas: 2', 'replicas: 3').replace(/  # In front of the shared Redis: plain[^]*?\n\n/, '')}\n  extra:\n    extends: tls\n`;
    writeFileSync(join(folder, 'registry.yaml'), input);
    assert.is(run(folder, ['generate']).code, 0);
    const wanted = readFiles(folder);
    const { 'registry.yaml': _, [MANIFEST]: __, ...files } = wanted;
    const { 'registry.yaml': ___, [MANIFEST]: ____, ...oldFiles } = old;
    const kinds = compareTree(folder, new Map(Object.entries(oldFiles))).changes.map(({ kind }) => kind);
    assert.equal([...new Set(kinds)].sort(), ['added', 'changed', 'removed']);
    // The list of generated files is moved twice.
    const all = kinds.length + 1;
    for (const part of [0, 0.02, 0.2, 0.4, 0.6, 0.8, 1]) {
      for (const name of ['base', 'overlays']) rmSync(join(folder, name), { recursive: true, force: true });
      writeFiles(folder, Object.entries({ ...old, 'registry.yaml': input }));
      const steps = stopped(folder, files, Math.floor(part * all));
      assert.is(steps, all);
      const left = readFiles(folder);
      assert.is(run(folder, ['check']).code, 1);
      assert.equal(readFiles(folder), left, 'check writes nothing');
      assert.is(run(folder, ['generate']).code, 0);
      assert.equal(readFiles(folder), wanted, `stopped at ${part}`);
    }
  }));

test(
  'a file in the place of the staging folder is left alone',
  generated((folder) => {
    writeFileSync(join(folder, '.registry-gitops.tmp'), 'mine');
    assert.match(
      run(folder, ['generate']).err,
      '.registry-gitops.tmp is a file, and not a folder of registry-gitops; move it away',
    );
    assert.is(readFileSync(join(folder, '.registry-gitops.tmp'), 'utf8'), 'mine');
  }),
);

test(
  'what a killed run staged without finishing is thrown away',
  generated((folder) => {
    const before = readFiles(folder);
    writeFiles(folder, [
      [`${STAGING}/owner`, '999999998 999999999'],
      [`${STAGING}/0`, 'half\n'],
    ]);
    assert.is(run(folder, ['generate']).code, 0);
    assert.equal(readFiles(folder), before);
  }),
);

test.run();
