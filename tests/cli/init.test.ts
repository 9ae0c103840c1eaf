import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPackageJson, SCRIPTS } from '../../generator/package/index.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('init');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const TARBALL = `tools/registry-gitops-cli-${version}.tgz`;
const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
/** Runs apart from whatever repository the tests are in. */
const init = (folder: string, ...args: string[]) =>
  run(folder, ['init', ...args], '', { GIT_CEILING_DIRECTORIES: join(folder, '..') });

test('an empty folder becomes a repository whose tree is up to date with its registry.yaml', () =>
  withFolder((folder) => {
    const { code, out, err } = init(folder);
    assert.equal([code, err], [0, '']);
    const files = readFiles(folder, ['.git']);
    const own = Object.keys(files)
      .filter((path) => !/^(base|overlays)\//.test(path))
      .sort();
    assert.equal(
      own,
      [
        '.gitattributes',
        '.githooks/pre-commit',
        '.github/actions/registry-gitops/action.yml',
        '.github/workflows/registry.yaml',
        '.gitignore',
        '.registry-gitops.sha256',
        'README.md',
        'package-lock.json',
        'package.json',
        'registry.yaml',
        'renovate.json',
        TARBALL,
      ].sort(),
    );
    for (const path of own.filter((one) => one !== '.registry-gitops.sha256')) assert.match(out, `+ ${path}\n`);
    assert.is(run(folder, ['check']).code, 0);
    assert.ok(files['overlays/tls/ingress.yaml']);
    assert.match(
      files['registry.yaml']!,
      /^# yaml-language-server: \$schema=\.\/node_modules\/@registry-gitops\/cli\/schemas\/registry\.schema\.json\n/,
    );
    assert.ok(statSync(join(folder, '.githooks/pre-commit')).mode & 0o100);
    assert.is(git(folder, 'status', '--porcelain').includes('?? registry.yaml'), true, 'nothing is committed');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-qm', 'Start');
    assert.is(run(folder, ['diff']).code, 0);
  }));

test('what is there is left as it is, what is missing is written, and a second time nothing is', () =>
  withFolder((folder) => {
    const mine = { 'README.md': 'mine\n', '.gitignore': 'mine\n', 'registry.yaml': 'replicas: 3\n' };
    writeFiles(folder, Object.entries(mine));
    const { code, out } = init(folder);
    assert.is(code, 0);
    const files = readFiles(folder, ['.git']);
    for (const [path, text] of Object.entries(mine)) {
      assert.is(files[path], text);
      assert.match(out, `= ${path} is there already, and is left as it is\n`);
    }
    assert.match(files['base/deployment.yaml']!, 'replicas: 3');
    const again = init(folder);
    assert.is(again.code, 0);
    assert.not.match(again.out, /^\+/m);
    assert.equal(readFiles(folder, ['.git']), files);
  }));

test('what is there and wrong, refused by the checks or in the way is told, and nothing is written', () =>
  withFolder((folder) => {
    const cases: [path: string, text: string, code: number, message: string][] = [
      ['registry.yaml', 'mine', 2, 'registry.yaml:1:1'],
      ['registry.yaml', '\n', 2, 'registry.yaml:1:1: the file is empty; remove it, then run again'],
      ['registry.yaml', 'redis:\n  type: sidecar\n', 1, 'delete-cache'],
      ['package.json', '{ "name": "x", }', 2, 'package.json: npm cannot read it'],
      ['base/kustomization.yaml', 'mine', 3, 'in the way of the tree: base/kustomization.yaml; move them away'],
      ['base', 'mine', 3, 'base is not a regular'],
    ];
    for (const [path, text, code, message] of cases) {
      writeFiles(folder, [[path, text]]);
      const before = readFiles(folder);
      const result = init(folder);
      assert.is(result.code, code, message);
      if (path !== 'base') assert.match(result.err, message);
      assert.equal(readFiles(folder), before);
      assert.not.ok(existsSync(join(folder, '.git')));
      rmSync(join(folder, path.split('/')[0]!), { recursive: true });
    }
  }));

test('with --config it is that file alone, never over one', () =>
  withFolder((folder) => {
    assert.is(init(folder, '--config', 'new/other.yaml').code, 0);
    assert.equal(Object.keys(readFiles(folder)), ['new/other.yaml']);
    assert.is(run(folder, ['generate', '--config', 'new/other.yaml']).code, 0);
    writeFileSync(join(folder, 'new/other.yaml'), 'mine');
    const again = init(folder, '--config', 'new/other.yaml');
    assert.equal(
      [again.code, again.err],
      [3, 'registry-gitops: new/other.yaml exists already, and is left as it is; --config names another\n'],
    );
    assert.is(readFileSync(join(folder, 'new/other.yaml'), 'utf8'), 'mine');
  }));

test('in a folder of a repository, what belongs at its top is left away', () =>
  withFolder((folder) => {
    git(folder, 'init', '-q');
    mkdirSync(join(folder, 'eu'));
    const { code, out } = run(join(folder, 'eu'), ['init']);
    assert.is(code, 0);
    assert.match(out, '.github/workflows/registry.yaml belongs at the top of the repository, and is not written');
    assert.equal(
      [
        existsSync(join(folder, 'eu/.github')),
        existsSync(join(folder, 'eu/.git')),
        existsSync(join(folder, 'eu/base')),
      ],
      [false, false, true],
    );
  }));

test('it is made in a folder that is named; not in the repository of registry-gitops itself', () =>
  withFolder((folder) => {
    const { code, out } = init(folder, 'new/registry');
    assert.is(code, 0);
    assert.match(out, `+ ${TARBALL}\n`);
    assert.ok(existsSync(join(folder, 'new/registry', TARBALL)));
    assert.is(init(folder, 'other', '--config', 'x.yaml').code, 2);
    const own = run(process.cwd(), ['init']);
    assert.equal([own.code, own.err.includes('npm run init -- ../registry')], [2, true]);
  }));

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

test('in a folder of a repository, the README tells what to do at its top, and of nothing that is not there', () =>
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
