import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { writeJournal } from '../../generator/tree/journal.js';
import { hashOf } from '../../generator/tree/manifest.js';
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
    assert.equal([code, out], [0, 'Nothing to do: the base and 4 overlays are what registry.yaml gives (53 files).\n']);
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
      assert.match(err, `${MANIFEST}:1: this is no line of a list of generated files`);
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
    assert.match(err, 'base is not a regular file, but generated files belong in a folder of that name');
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

test(
  'what a stopped machine left half-moved is finished by the next command',
  generated((folder) => {
    // As after a power cut in the middle of the moves: the journal stands, one file is moved, one is not.
    const wanted = readFiles(folder);
    writeFiles(folder, [
      ['base/service.yaml', 'old\n'],
      ['overlays/old/kustomization.yaml', 'old\n'],
      ['.registry-gitops.tmp/owner', '999999999'],
      ['.registry-gitops.tmp/1', wanted['base/service.yaml']!],
    ]);
    writeJournal(folder, {
      moves: [
        ['0', 'base/deployment.yaml', hashOf(wanted['base/deployment.yaml']!)],
        ['1', 'base/service.yaml', hashOf(wanted['base/service.yaml']!)],
      ],
      removals: ['overlays/old/kustomization.yaml'],
    });
    const left = readFiles(folder);
    assert.is(run(folder, ['check']).code, 1);
    assert.equal(readFiles(folder), left, 'check writes nothing');
    assert.is(run(folder, ['generate']).code, 0);
    assert.equal(readFiles(folder), wanted);
  }),
);

test(
  'a file in the place of the staging folder is left alone',
  generated((folder) => {
    writeFileSync(join(folder, '.registry-gitops.tmp'), 'mine');
    assert.match(
      run(folder, ['generate']).err,
      '.registry-gitops.tmp is not a folder of registry-gitops; move it away',
    );
    assert.is(readFileSync(join(folder, '.registry-gitops.tmp'), 'utf8'), 'mine');
  }),
);

test(
  'what a killed run staged without finishing is thrown away',
  generated((folder) => {
    const before = readFiles(folder);
    writeFiles(folder, [
      ['.registry-gitops.tmp/owner', '999999999'],
      ['.registry-gitops.tmp/0', 'half\n'],
    ]);
    assert.is(run(folder, ['generate']).code, 0);
    assert.equal(readFiles(folder), before);
  }),
);

test.run();
