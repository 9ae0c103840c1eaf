/** `watch`, as a real process whose input is saved as editors do. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { PROGRAM, run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { spawn } from 'node:child_process';
import { until } from '../support/processes.js';

const test = suite('watch');

interface Watch {
  folder: string;
  log: () => string;
  /** Waits until what is printed says something once more than before. */
  says: (text: string, times?: number) => Promise<void>;
  interrupt: () => Promise<number | null>;
}

/** Starts `watch` in a folder with some files, and ends it whatever happens. @param links path -> where it leads @param begun what it says before the check */
const watching =
  (
    files: Record<string, string>,
    check: (watch: Watch) => Promise<void>,
    {
      links = {},
      args = [],
      begun = 'Ctrl-C ends',
    }: { links?: Record<string, string>; args?: string[]; begun?: string } = {},
  ) =>
  () =>
    withFolder(async (folder) => {
      writeFiles(folder, Object.entries(files));
      // Of a repository, as elsewhere no link is followed.
      mkdirSync(join(folder, '.git'));
      for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder, path));
      const child = spawn(process.execPath, [PROGRAM, 'watch', ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
      const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
      const says = (what: string, times = 1): Promise<void> =>
        until(
          `"${what}" ${times} times`,
          () => text.split(what).length > times,
          60_000,
          () => text,
        );
      const interrupt = (): Promise<number | null> => {
        child.kill('SIGINT');
        return exited;
      };
      try {
        await says(begun);
        await check({ folder, log: () => text, says, interrupt });
      } finally {
        child.kill('SIGKILL');
        await exited;
      }
    });

test(
  'writes at the start and at each save, in place or by rename; Ctrl-C ends it with 0',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, interrupt, log }) => {
    await says('53 added');
    const input = join(folder, 'registry.yaml');
    writeFileSync(input, shipped.replace('replicas: 2', 'replicas: 3'));
    await says('1 changed', 1);
    assert.match(readFileSync(join(folder, 'base/deployment.yaml'), 'utf8'), 'replicas: 3');
    writeFileSync(`${input}.new`, shipped.replace('replicas: 2', 'replicas: 4'));
    renameSync(`${input}.new`, input);
    await says('1 changed', 2);
    // The file that stands there now is another one: it is followed too.
    renameSync(input, `${input}~`);
    writeFileSync(input, shipped);
    await says('1 changed', 3);
    assert.is(await interrupt(), 0);
    assert.not.match(log(), '\u001b');
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test(
  'that is interrupted while it writes ends, with the tree that it wrote',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, interrupt }) => {
    for (const replicas of [3, 4, 5]) {
      writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', `replicas: ${replicas}`));
      await says('1 changed', replicas - 2);
    }
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 6'));
    // At the very moment, while the run has some of its way to go.
    for (
      const deadline = Date.now() + 60_000;
      !readFileSync(join(folder, 'base/deployment.yaml'), 'utf8').includes('replicas: 6') && Date.now() < deadline;
    )
      await sleep(1);
    assert.is(await interrupt(), 0);
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test(
  'tells what is wrong, goes on, and writes when it is mended',
  watching({ 'registry.yaml': shipped }, async ({ folder, says, log }) => {
    const before = readFiles(folder);
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: x'));
    await says('registry.yaml:9:11: replicas: expected an integer');
    await says('nothing was written', 1);
    writeFileSync(join(folder, 'registry.yaml'), `${shipped}  unsafe:\n    redis:\n      type: sidecar\n`);
    await says('[delete-cache]');
    await says('nothing was written', 2);
    assert.equal({ ...readFiles(folder), 'registry.yaml': shipped }, before);
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 5'));
    await says('1 changed');
    assert.not.match(log(), 'fault of this program');
  }),
);

test(
  'leaves a file that was edited by hand, and says so',
  watching({ 'registry.yaml': shipped }, async ({ folder, says }) => {
    writeFileSync(join(folder, 'base/service.yaml'), 'mine\n');
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 3'));
    await says('base/service.yaml: warning: it was edited by hand, and is left unchanged');
    await says('1 changed');
    assert.is(readFileSync(join(folder, 'base/service.yaml'), 'utf8'), 'mine\n');
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(run(folder, ['check']).code, 0);
  }),
);

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
