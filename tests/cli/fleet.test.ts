/** Several registries in one repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('a fleet');

const fleet = {
  'registries/a/registry.yaml': 'defaults: ../defaults.yaml\nname: a\n',
  'registries/b/registry.yaml': 'defaults: ../defaults.yaml\nname: b\noverlays:\n  tls:\n    replicas: 3\n',
  'registries/c/registry.yaml': shipped.replace('name: registry\n', 'name: c\n'),
  'registries/defaults.yaml': '# For all.\nhost: registry.example.com\ndrainSeconds: 30\n',
  'registries/README.md': 'Not a registry.\n',
};
const inFleet =
  (check: (folder: string) => void, files: Record<string, string> = {}) =>
  () =>
    withFolder((folder) => {
      writeFiles(folder, Object.entries({ ...fleet, ...files }));
      check(folder);
    });
const treeOf = (folder: string, name: string): Record<string, string> => readFiles(join(folder, 'registries', name));

test(
  'is generated, checked and validated as a whole, each tree beside its registry.yaml',
  inFleet((folder) => {
    const { code, out, err } = run(folder, ['generate']);
    assert.equal([code, err], [0, '']);
    assert.match(out, /registries\/a\/registry\.yaml: wrote the base and 0 overlays: \d+ added/);
    assert.match(out, '+ registries/b/overlays/tls/kustomization.yaml\n');
    assert.match(out, '3 registries are up to date with their registry.yaml.\n');
    assert.equal(readdirSync(folder), ['registries']);
    assert.match(
      readFileSync(join(folder, 'registries/a/base/deployment.yaml'), 'utf8'),
      'terminationGracePeriodSeconds',
    );
    const checked = run(folder, ['check']);
    assert.equal([checked.code, checked.err], [0, '']);
    assert.match(checked.out, 'The trees of 3 registries are up to date with their registry.yaml.\n');
    const validated = run(folder, ['validate']);
    assert.equal([validated.code, validated.err], [0, '']);
    assert.match(validated.out, /of 8 units\.\n/);
    assert.match(
      run(folder, ['generate']).out,
      'registries/c/registry.yaml: nothing to do: the base and 4 overlays (53 files).\n',
    );
  }),
);

test(
  'is the same tree as each registry gives by itself',
  inFleet((folder) => {
    run(folder, ['generate']);
    const together = treeOf(folder, 'b');
    for (const path of ['base', 'overlays', '.registry-gitops.sha256'])
      rmSync(join(folder, 'registries/b', path), { recursive: true });
    assert.is(run(join(folder, 'registries/b'), ['generate']).code, 0);
    assert.equal(treeOf(folder, 'b'), together);
  }),
);

test(
  'tells all that is wrong with any; the others are written; the exit code is the worst',
  inFleet(
    (folder) => {
      const { code, out, err } = run(folder, ['generate']);
      assert.is(code, 2);
      assert.match(err, 'registries/wrong/registry.yaml:1:11: replicas: expected an integer');
      assert.match(err, 'registries/wrong/registry.yaml: nothing was done, as this is wrong.');
      assert.match(err, '[delete-cache]');
      assert.match(err, 'registries/unsafe/registry.yaml: nothing was written.');
      assert.match(out, 'registries/c/registry.yaml: wrote the base and 4 overlays');
      assert.match(out, '2 of 5 registries are wrong, and as they were.');
      assert.not(existsSync(join(folder, 'registries/unsafe/base')));
      assert.match(run(folder, ['validate']).err, 'registries/wrong/registry.yaml:1:11');
      const { registries } = JSON.parse(run(folder, ['check', '--json']).out);
      assert.equal(
        registries.map(({ registry, exitCode }: { registry: string; exitCode: number }) => [
          registry.split('/')[1],
          exitCode,
        ]),
        [
          ['a', 0],
          ['b', 0],
          ['c', 0],
          ['unsafe', 1],
          ['wrong', 2],
        ],
      );
      assert.is(registries[4].problems[0].line, 1);
    },
    {
      'registries/unsafe/registry.yaml': 'name: u\nredis:\n  type: sidecar\n',
      'registries/wrong/registry.yaml': 'replicas: x\n',
    },
  ),
);

test(
  'a change of what they share changes those that name it, and is told where it stands',
  inFleet((folder) => {
    run(folder, ['generate']);
    writeFileSync(join(folder, 'registries/defaults.yaml'), 'drainSeconds: 40\n');
    const { out } = run(folder, ['check']);
    assert.match(out, 'are up to date with registries/c/registry.yaml.\n');
    assert.equal(
      [...out.matchAll(/^\+\+\+ b\/(.*deployment\.yaml)$/gm)].map(([, path]) => path),
      ['registries/a/base/deployment.yaml', 'registries/b/base/deployment.yaml'],
    );
    writeFileSync(join(folder, 'registries/defaults.yaml'), 'drainSeconds: 0\n');
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 2);
    assert.match(err, 'registries/defaults.yaml:1:15: drainSeconds: expected a number from');
  }),
);

test(
  'can be had in part: by a pattern, by a folder, one by one',
  inFleet((folder) => {
    assert.match(
      run(folder, ['generate', '--config', 'registries/[ab]/registry.yaml']).out,
      '2 registries are up to date',
    );
    assert.not(existsSync(join(folder, 'registries/c/base')));
    assert.is(run(folder, ['generate', '--config', 'registries/c/registry.yaml']).code, 0);
    assert.match(run(join(folder, 'registries'), ['check', '--config', '..']).out, 'The trees of 3 registries');
    assert.equal(
      run(folder, ['generate', '--config', 'x*/registry.yaml']).err,
      'registry-gitops: --config x*/registry.yaml: no file fits this pattern\n',
    );
    assert.match(
      run(folder, ['generate', '--out', 'x']).err,
      '--out names one folder, but there are several registries',
    );
    assert.match(
      run(folder, ['build', 'tls']).err,
      'build is about one registry; name it: --config registries/a/registry.yaml, or --config',
    );
    assert.match(
      run(folder, ['explain', 'Deployment/a']).err,
      'explain is about one registry; name it: --config registries/a/registry.yaml, or --config',
    );
    assert.match(
      run(folder, ['explain', 'Deployment/a', '--config', '.']).err,
      'explain is about one registry; name it',
    );
    assert.is(run(folder, ['explain', 'Deployment/a', '--config', 'registries/a/registry.yaml']).code, 0);
    assert.is(run(folder, ['explain', 'redis.memory']).code, 0);
  }),
);

test(
  'a registry.yml, which is not read, is told',
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
  'registries that would replace each other, or collect from one bucket, are told',
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
    const told = (): string => run(join(folder, 'repository'), ['generate', '--dry-run']).err;
    assert.match(
      told(),
      'registries/a/registry.yaml:1:11: defaults: ../../../outside.yaml: this is outside the repository',
    );
    writeFiles(folder, [['repository/registries/a/registry.yaml', 'defaults: ../link.yaml\n']]);
    symlinkSync('../../outside.yaml', join(folder, 'repository/registries/link.yaml'));
    assert.match(told(), 'defaults: ../link.yaml: this is outside the repository');
    rmSync(join(folder, 'repository/registries/link.yaml'));
    symlinkSync('../inside.yaml', join(folder, 'repository/registries/link.yaml'));
    assert.is(told(), '');
    rmSync(join(folder, 'repository/.git'), { recursive: true });
    assert.match(told(), 'this leads through a symbolic link; name the file itself');
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
      assert.equal([code, err], [0, '']);
      assert.equal(treeOf(folder, 'c'), wanted);
      assert.equal(records(), files, 'nothing is left behind');
    }
  }),
);

test.run();
