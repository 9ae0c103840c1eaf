/** Which files `watch` follows. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { until } from '../support/processes.js';
import { watching } from './watched.js';

const test = suite('watch: files that come and go');

const fleet = {
  'registries/a/registry.yaml': 'defaults: ../defaults.yaml\nname: a\n',
  'registries/b/registry.yaml': 'defaults: ../defaults.yaml\nname: b\n',
  'registries/c/registry.yaml': 'name: c\n',
  'registries/defaults.yaml': 'replicas: 2\n',
};

test(
  'follows the files that are named, and registries that come and go',
  watching(fleet, async ({ folder, says, log }) => {
    await says('Watching 3 registries');
    writeFileSync(join(folder, 'registries/defaults.yaml'), 'replicas: 3\n');
    await says('1 changed', 2);
    assert.is(log().split('registries/c/registry.yaml:').length, 2, 'c names no defaults');
    mkdirSync(join(folder, 'registries/d'));
    writeFileSync(join(folder, 'registries/d/registry.yaml'), 'name: d\n');
    await says('registries/d/registry.yaml: wrote');
    writeFileSync(join(folder, 'registries/d/registry.yaml'), 'name: d\nreplicas: 1\n');
    await says('registries/d/registry.yaml: wrote', 2);
    renameSync(join(folder, 'registries/c'), join(folder, 'c'));
    await says('registries/c/registry.yaml is gone');
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test(
  'follows what a link leads to, and where it leads',
  watching(
    {
      'conf/registry.yaml': 'defaults: d.yaml\n',
      'shared/v1/real.yaml': 'replicas: 2\n',
      'shared/v2/real.yaml': 'replicas: 5\n',
    },
    async ({ folder, says }) => {
      writeFileSync(join(folder, 'shared/v1/real.yaml'), 'replicas: 3\n');
      await says('1 changed');
      unlinkSync(join(folder, 'shared/now'));
      symlinkSync('v2', join(folder, 'shared/now'));
      await says('1 changed', 2);
      writeFileSync(join(folder, 'shared/v2/real.yaml'), 'replicas: 6\n');
      await says('1 changed', 3);
      writeFileSync(join(folder, 'conf/registry.yaml'), 'defaults: d.yaml\nreplicas: 7\n');
      await says('1 changed', 4);
    },
    { links: { 'registry.yaml': 'conf/registry.yaml', 'd.yaml': 'shared/now/real.yaml', 'shared/now': 'v1' } },
  ),
);

test(
  'follows a file whose folder goes and comes back',
  watching(
    { 'registry.yaml': 'defaults: deep/d/d.yaml\n', 'deep/d/d.yaml': 'replicas: 2\n' },
    async ({ folder, says }) => {
      const named = join(folder, 'deep/d/d.yaml');
      for (const [index, gone] of ['deep/d', 'deep'].entries()) {
        const before = readFileSync(named);
        rmSync(join(folder, gone), { recursive: true });
        await says('nothing was written', index + 1);
        mkdirSync(join(folder, 'deep/d'), { recursive: true });
        writeFileSync(named, before);
        await says('nothing to write', index + 1);
        writeFileSync(named, `replicas: ${index + 3}\n`);
        await says('1 changed', index + 1);
      }
    },
  ),
);

for (const [what, args] of [
  ['the folder of a fleet', []],
  ['a pattern', ['--config', 'registries/*/registry.yaml']],
] as const) {
  test(
    `follows ${what} that goes and comes back`,
    watching(
      fleet,
      async ({ folder, says, log }) => {
        cpSync(join(folder, 'registries'), join(folder, 'kept'), { recursive: true });
        rmSync(join(folder, 'registries'), { recursive: true });
        await says('registries/c/registry.yaml is gone');
        renameSync(join(folder, 'kept'), join(folder, 'registries'));
        await says('registries/c/registry.yaml: nothing to write');
        writeFileSync(join(folder, 'registries/c/registry.yaml'), 'name: c\nreplicas: 3\n');
        await says('1 changed');
        mkdirSync(join(folder, 'registries/d'));
        writeFileSync(join(folder, 'registries/d/registry.yaml'), 'name: d\n');
        await says('registries/d/registry.yaml: wrote');
        assert.not.match(log(), 'no such file');
      },
      { args: [...args] },
    ),
  );
}

const many = Array.from({ length: 12 }, (_, index): [string, string] => [
  `registries/r${index}/registry.yaml`,
  `defaults: ../defaults.yaml\nname: r${index}\n`,
]);

test(
  'sees what is saved while it writes for the first time',
  watching(
    { ...Object.fromEntries(many), 'registries/defaults.yaml': 'replicas: 2\n' },
    async ({ folder, says }) => {
      writeFileSync(join(folder, 'registries/defaults.yaml'), 'replicas: 3\n');
      await says('registries/r0/registry.yaml: wrote', 2);
      await until('all trees', () => run(folder, ['check']).code === 0, 60_000);
    },
    { begun: 'registries/r0/registry.yaml: wrote' },
  ),
);

test(
  'sees what is saved in a registry that came just now, while it writes those that came with it',
  watching({ ...Object.fromEntries(many), 'registries/defaults.yaml': 'replicas: 2\n' }, async ({ folder, says }) => {
    await says('registries/r9/registry.yaml: wrote');
    renameSync(join(folder, 'registries'), join(folder, 'gone'));
    await says('registries/r9/registry.yaml is gone');
    renameSync(join(folder, 'gone'), join(folder, 'registries'));
    await says('registries/r0/registry.yaml: nothing to write');
    writeFileSync(join(folder, 'registries/r0/registry.yaml'), 'defaults: ../defaults.yaml\nname: r0\nreplicas: 5\n');
    await says('registries/r0/registry.yaml: wrote', 2);
  }),
);

test.run();
