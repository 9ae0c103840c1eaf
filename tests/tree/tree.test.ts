import {
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { compareTree } from '../../generator/tree/index.js';
import { replaceFiles, STAGING } from '../../generator/tree/replace.js';
import { stageChanges } from '../../generator/tree/staging.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('the tree on disk');
const MANIFEST = '.registry-gitops.sha256';

/** A folder with the shipped registry.yaml, generated. */
function generated(check: (folder: string) => void): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'registry.yaml'), shipped);
      assert.is(run(folder, ['generate']).code, 0);
      check(folder);
    });
}

test(
  'a run that changes nothing writes nothing and says so',
  generated((folder) => {
    const times = () => Object.keys(readFiles(folder)).map((path) => statSync(join(folder, path)).mtimeMs);
    const before = times();
    const { code, out } = run(folder, ['generate']);
    assert.equal(
      [code, out],
      [0, 'Nothing to do: the base and 4 overlays are up to date with registry.yaml (53 files).\n'],
    );
    assert.equal(times(), before);
  }),
);

test(
  'files that are no longer generated are removed, with the folders they leave empty',
  generated((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), 'host: registry.example.com\n');
    assert.is(run(folder, ['generate']).code, 0);
    assert.not(existsSync(join(folder, 'overlays')));
    assert.ok(existsSync(join(folder, 'base/deployment.yaml')));
  }),
);

test(
  'files that the generator never wrote are not touched',
  generated((folder) => {
    const own = {
      'overlays/tls/mine.yaml': 'mine\n',
      'base/notes.md': 'mine\n',
      'overlays/hand-made/kustomization.yaml': 'mine\n',
    };
    writeFiles(folder, Object.entries(own));
    writeFileSync(join(folder, 'registry.yaml'), 'replicas: 3\n');
    assert.is(run(folder, ['generate']).code, 0);
    const files = readFiles(folder);
    for (const [path, text] of Object.entries(own)) assert.is(files[path], text, path);
  }),
);

test('a foreign file in the way stops the run before anything is written; --force replaces it', () =>
  withFolder((folder) => {
    writeFiles(folder, [
      ['registry.yaml', shipped],
      ['overlays/tls/ingress.yaml', 'mine\n'],
    ]);
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 3);
    assert.match(err, 'registry-gitops did not write them.\n  overlays/tls/ingress.yaml\n');
    assert.equal(Object.keys(readFiles(folder)), ['overlays/tls/ingress.yaml', 'registry.yaml']);
    assert.is(run(folder, ['generate', '--force']).code, 0);
    assert.match(readFileSync(join(folder, 'overlays/tls/ingress.yaml'), 'utf8'), 'kind: Ingress');
  }));

test(
  'a lost list of owned files is made again where the files are what they should be',
  generated((folder) => {
    const before = readFiles(folder);
    rmSync(join(folder, MANIFEST));
    assert.is(run(folder, ['generate']).code, 0);
    assert.equal(readFiles(folder), before);
  }),
);

test(
  'the list of owned files is one that sha256sum checks',
  generated((folder) => {
    assert.match(
      execFileSync('sha256sum', ['-c', MANIFEST], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
      'base/deployment.yaml: OK',
    );
  }),
);

test(
  'of a list with a merge conflict the files of both sides are owned',
  generated((folder) => {
    const text = readFileSync(join(folder, MANIFEST), 'utf8');
    const [first, ...rest] = text.split('\n').filter((line) => line.includes('overlays/no-tls'));
    const conflict = ['<<<<<<< ours', first, '=======', ...rest, '>>>>>>> theirs', ''].join('\n');
    writeFileSync(join(folder, MANIFEST), conflict);
    writeFileSync(
      join(folder, 'registry.yaml'),
      shipped.replace(/  # In front of the shared Redis: plain[^]*?\n\n/, ''),
    );
    const { code, err } = run(folder, ['generate', '--force']);
    assert.equal([code, err], [0, '']);
    assert.not(existsSync(join(folder, 'overlays/no-tls')));
  }),
);

test(
  'a list that names files outside the tree is refused',
  generated((folder) => {
    writeFileSync(join(folder, 'precious'), 'x');
    for (const path of ['../precious', 'base/../precious', '/etc/passwd', 'precious']) {
      writeFileSync(join(folder, MANIFEST), `${'0'.repeat(64)}  ${path}\n`);
      const { code, err } = run(folder, ['generate']);
      assert.is(code, 3);
      assert.match(err, `${MANIFEST}:1: this is not a line of a list of generated files`);
    }
    assert.ok(existsSync(join(folder, 'precious')));
  }),
);

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

test('a folder where a file belongs, and a file where a folder belongs, are told', () =>
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
