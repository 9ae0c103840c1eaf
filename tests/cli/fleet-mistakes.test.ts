/** What of a fleet is refused, and what a run keeps. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { writeFiles } from '../support/folder.js';
import { inFleet, treeOf } from './fleet-folder.js';

const test = suite('a fleet: mistakes');

test(
  'a registry.yml, which is not read, is reported',
  inFleet(
    (folder) => {
      const warning =
        'registries/typo/registry.yml: warning: it is skipped: the file of a registry is called registry.yaml; rename it.\n';
      const { code, out, err } = run(folder, ['check']);
      assert.equal([code, err.split('warning').length - 1], [1, 1]);
      assert.match(err, warning);
      assert.not.match(err, 'both/registry.yml');
      assert.not.match(out, 'typo');
    },
    {
      'registries/typo/registry.yml': 'name: typo\n',
      'registries/both/registry.yml': 'name: old\n',
      'registries/both/registry.yaml': 'name: both\nstorage: { storageClass: rwx }\n',
    },
  ),
);

test(
  'registries that would replace each other, or collect from one bucket, are reported',
  inFleet(
    (folder) => {
      const { code, err } = run(folder, ['generate']);
      assert.is(code, 0);
      assert.match(
        err,
        'registries/d/registry.yaml:1:1: warning: registries/a/registry.yaml has a registry "a" in the namespace registry too',
      );
      assert.match(
        err,
        /registries\/d\/registry\.yaml:2:1: warning: registries\/bucket\/registry\.yaml is on the same bucket \(images\)/,
      );
      const { collisions } = JSON.parse(run(folder, ['check', '--json']).out);
      assert.is(collisions.length, 2);
    },
    {
      'registries/bucket/registry.yaml':
        'name: bucket\nstorage: {type: s3, s3: {bucket: images, region: eu-central-1}}\n',
      'registries/d/registry.yaml': 'name: a\nstorage: {type: s3, s3: {bucket: images, region: eu-central-1}}\n',
    },
  ),
);

test(
  'a file of defaults outside the repository is refused, and by a link too',
  inFleet((folder) => {
    mkdirSync(join(folder, 'repository/registries'), { recursive: true });
    execFileSync('git', ['init', '-q'], { cwd: join(folder, 'repository') });
    writeFiles(folder, [
      ['outside.yaml', 'replicas: 3\n'],
      ['repository/inside.yaml', 'replicas: 3\n'],
      ['repository/registries/a/registry.yaml', 'defaults: ../../../outside.yaml\n'],
    ]);
    const reported = (): string => run(join(folder, 'repository'), ['generate', '--dry-run']).err;
    assert.match(
      reported(),
      'registries/a/registry.yaml:1:11: defaults: ../../../outside.yaml: this is outside the repository',
    );
    writeFiles(folder, [['repository/registries/a/registry.yaml', 'defaults: ../link.yaml\n']]);
    symlinkSync('../../outside.yaml', join(folder, 'repository/registries/link.yaml'));
    assert.match(reported(), 'defaults: ../link.yaml: this is outside the repository');
    rmSync(join(folder, 'repository/registries/link.yaml'));
    symlinkSync('../inside.yaml', join(folder, 'repository/registries/link.yaml'));
    assert.is(reported(), '');
    rmSync(join(folder, 'repository/.git'), { recursive: true });
    assert.match(reported(), 'this leads through a symbolic link; name the file itself');
  }),
);

test(
  "what a run keeps makes the next one no other: neither after edits, nor where it is cut off or another program's",
  inFleet((folder) => {
    const home = { XDG_CACHE_HOME: join(folder, 'cache') };
    const generate = (): ReturnType<typeof run> => run(folder, ['generate'], '', home);
    assert.is(generate().code, 0);
    const cache = join(folder, 'cache/registry-gitops');
    // Beside them is the compiled code of the program.
    const records = (): string[] => readdirSync(cache).filter((name) => name.startsWith('tree-'));
    const files = records();
    assert.is(files.length, 3);
    const wanted = treeOf(folder, 'c');
    generate();
    const spoilers: (() => void)[] = [
      () => writeFileSync(join(folder, 'registries/c/base/service.yaml'), 'mine\n'),
      () => rmSync(join(folder, 'registries/c/overlays/tls'), { recursive: true }),
      ...['', 'half', '{}'].map((text) => () => {
        for (const name of readdirSync(cache)) writeFileSync(join(cache, name), text);
      }),
      () => {
        for (const name of readdirSync(cache))
          writeFileSync(join(cache, name), readFileSync(join(cache, name), 'utf8').replace(/^\w/, 'x'));
      },
      () => {
        for (const name of readdirSync(cache))
          writeFileSync(join(cache, name), readFileSync(join(cache, name), 'utf8').slice(0, -100));
      },
    ];
    for (const spoil of spoilers) {
      spoil();
      const { code, err } = generate();
      assert.is(code, 0);
      assert.match(
        err,
        /^(registries\/c\/base\/service\.yaml: warning: it was edited by hand, and is written anew.*\n)?$/,
      );
      assert.equal(treeOf(folder, 'c'), wanted);
      assert.equal(records(), files, 'nothing is left behind');
    }
  }),
);

test.run();
