/** What docs/how-to/image-updates.md promises: updaters change registry.yaml, or a file of their own, and `check` passes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { PROGRAM, run } from '../support/cli.js';
import { shipped } from '../support/config.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('updates of images');
const guide = readFileSync('docs/how-to/image-updates.md', 'utf8');
const renovate = JSON.parse(/```json\n([^]*?)```/.exec(guide)![1]!) as {
  ignorePaths: string[];
  customManagers: { managerFilePatterns: string[]; matchStrings: string[] }[];
};
const [manager] = renovate.customManagers;
const expression = (): RegExp => new RegExp(manager!.matchStrings[0]!, 'g');

const digest = `sha256:${'a'.repeat(64)}`;
const text = `# The image: of the registry.
host: registry.example.com
image: registry:3.1.2
gc:
  image: "node:24.11.1-alpine3.22"
redis:
  type: statefulset
  image: mirror.example.com:5000/library/redis:7.2.11-alpine@${digest} # pinned
metrics: { enabled: true, image: node:24.11.1-alpine3.22 }
`;

test("Renovate's expression finds every image, with its tag and digest, and nothing else", () => {
  const found = [...text.matchAll(expression())].map(({ groups }) => [
    groups!['depName'],
    groups!['currentValue'],
    groups!['currentDigest'],
  ]);
  assert.equal(found, [
    ['registry', '3.1.2', undefined],
    ['node', '24.11.1-alpine3.22', undefined],
    ['mirror.example.com:5000/library/redis', '7.2.11-alpine', digest],
    ['node', '24.11.1-alpine3.22', undefined],
  ]);
});

test('it looks at registry.yaml wherever that is, and at no generated file', () => {
  const [, pattern] = /^\/(.*)\/$/.exec(manager!.managerFilePatterns[0]!)!;
  const looked = (path: string): boolean => new RegExp(pattern!).test(path);
  assert.equal(
    [
      'registry.yaml',
      'registries/eu/registry.yaml',
      'base/deployment.yaml',
      'overlays/tls/kustomization.yaml',
      'my-registry.yaml',
    ].map(looked),
    [true, true, false, false, false],
  );
  for (const folder of ['base', 'overlays', 'delivery'])
    assert.ok(renovate.ignorePaths.includes(`**/${folder}/**`), folder);
});

test('what it changes makes the tree stale until it is generated, with the new image everywhere', () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', shipped]]);
    assert.is(run(folder, ['generate']).code, 0);
    writeFileSync(
      join(folder, 'registry.yaml'),
      shipped.replace(expression(), (found) => found.replace('3.1.2', '3.1.3')),
    );
    assert.is(run(folder, ['check']).code, 1);
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(run(folder, ['check']).code, 0);
    const files = Object.values(readFiles(folder)).join('\n');
    assert.equal([/registry:3\.1\.2/.test(files), /registry:3\.1\.3/.test(files)], [false, true]);
  }));

test('a marker of Flux is a comment: it changes nothing in the tree', () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', shipped]]);
    assert.is(run(folder, ['generate']).code, 0);
    const [marked] = guide.match(/^image: registry:3\.1\.2 # \{.*\}$/m)!;
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace(/^image: .*$/m, marked));
    assert.match(run(folder, ['check']).out, 'are up to date with registry.yaml');
  }));

test('the file of Argo CD Image Updater beside an overlay is neither drift nor removed', () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', shipped]]);
    assert.is(run(folder, ['generate']).code, 0);
    const own = { 'overlays/tls/.argocd-source-registry-tls.yaml': 'kustomize:\n  images:\n    - registry:3.1.3\n' };
    writeFiles(folder, Object.entries(own));
    assert.is(run(folder, ['check']).code, 0);
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(readFiles(folder)['overlays/tls/.argocd-source-registry-tls.yaml'], Object.values(own)[0]);
  }));

test('the job of the guide makes the tree of a branch current, also where there are no overlays', () =>
  withFolder((folder) => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
        cwd: join(folder, 'clone'),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    writeFiles(folder, [
      ['clone/registry.yaml', 'image: registry:3.1.0\n'],
      ['bin/npm', `#!/bin/sh\nshift 3\nexec node '${PROGRAM}' commit "$@"\n`],
    ]);
    chmodSync(join(folder, 'bin/npm'), 0o755);
    assert.is(run(join(folder, 'clone'), ['generate']).code, 0);
    execFileSync('git', ['init', '-q', '--bare', join(folder, 'origin.git')]);
    for (const args of [
      ['init', '-q'],
      ['checkout', '-qb', 'renovate/registry'],
      ['remote', 'add', 'origin', join(folder, 'origin.git')],
      ['add', '-A'],
      ['commit', '-qm', 'Start'],
      ['push', '-qu', 'origin', 'HEAD'],
    ])
      git(...args);
    writeFiles(folder, [['clone/registry.yaml', 'image: registry:3.1.2\n']]);
    for (const args of [
      ['commit', '-qam', 'Update'],
      ['push', '-q'],
    ])
      git(...args);
    const [, workflow] = /```yaml\n(name: generate\n[^]*?)```/.exec(guide)!;
    const script = (parse(workflow!) as { jobs: { generate: { steps: { run?: string }[] } } }).jobs.generate.steps.at(
      -1,
    )!.run!;
    for (const commits of [3, 3]) {
      const { status, stdout, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
        cwd: join(folder, 'clone'),
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
      });
      assert.is(status, 0, stdout + stderr);
      assert.is(git('rev-list', '--count', 'origin/renovate/registry').trim(), `${commits}`);
    }
    assert.match(git('show', 'origin/renovate/registry:base/deployment.yaml'), 'registry:3.1.2');
  }));

test('the examples of the guide are YAML', () => {
  for (const [, example] of guide.matchAll(/```yaml\n([^]*?)```/g)) {
    for (const document of parseAllDocuments(example!)) assert.equal((document as { errors: unknown[] }).errors, []);
  }
});

test.run();
