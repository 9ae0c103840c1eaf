/** Several registries in one run. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { shippedFiles } from '../support/config.js';
import { inFleet, treeOf } from './fleet-folder.js';

const test = suite('a fleet');

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
      `registries/c/registry.yaml: nothing to do: the base and 4 overlays (${shippedFiles} files).\n`,
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
  'reports all that is wrong with any; the others are written; the exit code is the worst',
  inFleet(
    (folder) => {
      const { code, out, err } = run(folder, ['generate']);
      assert.is(code, 2);
      assert.match(err, 'registries/wrong/registry.yaml:1:11: replicas: expected an integer');
      assert.match(err, 'registries/wrong/registry.yaml: nothing was done, as this is wrong.');
      assert.match(err, '[plain-http-login]');
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
      'registries/unsafe/registry.yaml': 'name: u\nhost: registry.example.com\ningress:\n  class: nginx\n',
      'registries/wrong/registry.yaml': 'replicas: x\n',
    },
  ),
);

test(
  'a change of what they share changes those that name it, and is reported where it stands',
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

test.run();
