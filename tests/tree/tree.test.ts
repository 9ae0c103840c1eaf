/** What is written, and what is left alone. */
import { readFileSync, rmSync, writeFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped, shippedFiles } from '../support/config.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { generated, MANIFEST } from './trees.js';

const test = suite('the tree on disk');

test(
  'a run that changes nothing writes nothing and says so',
  generated((folder) => {
    const times = () => Object.keys(readFiles(folder)).map((path) => statSync(join(folder, path)).mtimeMs);
    const before = times();
    const { code, out } = run(folder, ['generate']);
    assert.equal(
      [code, out],
      [0, `Nothing to do: the base and 4 overlays are up to date with registry.yaml (${shippedFiles} files).\n`],
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

test.run();
