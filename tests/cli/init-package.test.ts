/** What `init` writes for npm, Renovate and readers. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPackageJson, SCRIPTS } from '../../generator/package/index.js';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { init, TARBALL, git, version } from './started.js';

const test = suite('init: package.json, Renovate, README');

test('the tarball has the same bytes each time, and package-lock.json has its hash', () =>
  withFolder((folder) => {
    for (const name of ['one', 'two']) assert.is(init(folder, name).code, 0);
    const [one, two] = ['one', 'two'].map((name) => readFileSync(join(folder, name, TARBALL)));
    assert.ok(one!.equals(two!));
    const lock = JSON.parse(readFileSync(join(folder, 'one/package-lock.json'), 'utf8'));
    const hash = createHash('sha512').update(one!).digest('base64');
    assert.is(lock.packages['node_modules/@registry-gitops/cli'].integrity, `sha512-${hash}`);
  }));

test('package.json names the tarball in the repository, and scripts that there are commands for', () => {
  const made = JSON.parse(newPackageJson('file:x.tgz'));
  assert.equal([made.private, made.devDependencies], [true, { '@registry-gitops/cli': 'file:x.tgz' }]);
  assert.equal(Object.keys(made.scripts), [...SCRIPTS]);
  for (const name of SCRIPTS) assert.is(run('/', [name, '--help']).code, 0, name);
});

test('a lock file of npm that is there gets the generator, and keeps the rest', () =>
  withFolder((folder) => {
    const zod = { version: '4.0.0', resolved: 'https://npm.example.com/zod-4.0.0.tgz', integrity: 'sha512-x' };
    const dependencies = { zod: '4.0.0' };
    writeFiles(folder, [
      ['package.json', JSON.stringify({ name: 'mine', dependencies })],
      [
        'package-lock.json',
        JSON.stringify({
          name: 'mine',
          lockfileVersion: 3,
          packages: { '': { name: 'mine', dependencies }, 'node_modules/zod': zod },
        }),
      ],
    ]);
    const { code, out } = init(folder);
    assert.is(code, 0);
    assert.match(out, '= package-lock.json is there already, and got @registry-gitops/cli\n');
    assert.match(out, /^ {2}npm ci$/m);
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    assert.equal(packages['node_modules/zod'], zod);
    assert.equal(packages[''].devDependencies, { '@registry-gitops/cli': `file:${TARBALL}` });
    assert.is(packages['node_modules/@registry-gitops/cli'].resolved, `file:${TARBALL}`);
  }));

test('where npm has to write the lock file, or another package manager has its own, the step is its install', async () => {
  const files: [files: [string, string][], steps: string[]][] = [
    [[['package.json', '{ "dependencies": { "zod": "4.0.0" } }']], ['npm install']],
    ...['pnpm-lock.yaml pnpm', 'yarn.lock yarn', 'bun.lock bun', 'bun.lockb bun'].map(
      (pair): [[string, string][], string[]] => {
        const [lock, manager] = pair.split(' ') as [string, string];
        return [
          [[lock, '']],
          [
            `${manager} install`,
            `for the action on GitHub, which installs with npm, set its input: tarball: ${TARBALL}`,
          ],
        ];
      },
    ),
    [[['.gitignore', '*.tgz\n']], ['npm ci', `git add --force ${TARBALL}`]],
  ];
  await Promise.all(
    files.map(([before, steps]) =>
      withFolder((folder) => {
        writeFiles(folder, before);
        const { out } = init(folder);
        const [, next] = out.split('\nNext\n');
        assert.equal(next!.split('\n').slice(0, steps.length + 1), [
          ...steps.map((step) => `  ${step}`),
          '  git config core.hooksPath .githooks',
        ]);
        assert.is(existsSync(join(folder, 'package-lock.json')), steps[0] === 'npm ci');
      }),
    ),
  );
});

test('the README names scripts and files that are there', () =>
  withFolder((folder) => {
    init(folder);
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    assert.match(readme, 'git config core.hooksPath .githooks');
    assertNamed(folder, readme);
  }));

test('in a folder of a repository, the README says what to do at its top, and of nothing that is not there', () =>
  withFolder((folder) => {
    git(folder, 'init', '-q');
    const at = join(folder, 'deploy/$& eu');
    mkdirSync(at, { recursive: true });
    run(at, ['init']);
    const readme = readFileSync(join(at, 'README.md'), 'utf8');
    assert.not.match(readme, /hooksPath|<!--|\{\{/);
    assert.match(readme, '`config: deploy/$& eu/registry.yaml`');
    const [everywhere, top] = readme.split('## At the top of the repository') as [string, string];
    assertNamed(at, everywhere);
    for (const [, name] of top.matchAll(/`([\w-]+\.\w+)`/g))
      assert.ok(name === 'registry.yaml' || existsSync(join('dist/init', name!)), name);
  }));

/** Every script and every file that is named is there. */
function assertNamed(folder: string, readme: string): void {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, name] of readme.matchAll(/npm run (?:--silent )?([\w-]+)/g)) assert.ok(name! in scripts, name);
  for (const [, path] of readme.matchAll(/`([\w.]+(?:\/[\w.]+)*\/?)`/g))
    if (/[./]/.test(path!) && !/^(package-lock\.json|Deployment\/registry|redis\.memory)$/.test(path!))
      assert.ok(existsSync(join(folder, path!)), path);
}

test('Renovate finds the images where docs/how-to/image-updates.md does, and looks at no generated file', () => {
  const fields = (text: string) => {
    const { ignorePaths, customManagers } = JSON.parse(text) as { ignorePaths: string[]; customManagers: unknown[] };
    return { ignorePaths, customManagers };
  };
  const [, guide] = /```json\n([^]*?)```/.exec(readFileSync('docs/how-to/image-updates.md', 'utf8'))!;
  assert.equal(fields(readFileSync('generator/init/renovate.json', 'utf8')), fields(guide!));
});

test('Renovate finds the generator by what docs/start/repository.md shows, and replaces its version alone', () => {
  const blocks = [...readFileSync('docs/start/repository.md', 'utf8').matchAll(/```json\n([^]*?)```/g)];
  const [manager, tasks] = blocks.map(([, text]) => JSON.parse(text!)) as [
    { managerFilePatterns: string[]; matchStrings: string[] },
    { commands: string[] },
  ];
  const files = new RegExp(manager.managerFilePatterns[0]!.slice(1, -1));
  assert.equal(
    [files.test('package.json'), files.test('deploy/package.json'), files.test('package.json5')],
    [true, true, false],
  );
  const found = new RegExp(manager.matchStrings[0]!).exec(newPackageJson(`file:${TARBALL}`));
  assert.is(found?.groups?.['currentValue'], version);
  for (const command of tasks.commands.slice(0, 2)) assert.match(command, '{{{newVersion}}}');
});

test.run();
