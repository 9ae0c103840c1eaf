/** What docs/image-updates.md promises: updaters change registry.yaml, or a file of their own, and `check` passes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { run } from '../support/cli.js';
import { shipped } from '../support/config.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('updates of images');
const guide = readFileSync('docs/image-updates.md', 'utf8');
const renovate = JSON.parse(/```json\n([^]*?)```/.exec(guide)![1]!) as { ignorePaths: string[]; customManagers: { managerFilePatterns: string[]; matchStrings: string[] }[] };
const [manager] = renovate.customManagers;
const expression = (): RegExp => new RegExp(manager!.matchStrings[0]!, 'g');

const digest = `sha256:${'a'.repeat(64)}`;
const text = `# The image: of the registry.
host: registry.example.com
image: registry:3.1.1
gc:
  image: "node:24.11.1-alpine3.22"
redis:
  type: statefulset
  image: mirror.example.com:5000/library/redis:7.2.11-alpine@${digest} # pinned
metrics: { enabled: true, image: node:24.11.1-alpine3.22 }
`;

test("Renovate's expression finds every image, with its tag and digest, and nothing else", () => {
  const found = [...text.matchAll(expression())].map(({ groups }) => [groups!['depName'], groups!['currentValue'], groups!['currentDigest']]);
  assert.equal(found, [
    ['registry', '3.1.1', undefined],
    ['node', '24.11.1-alpine3.22', undefined],
    ['mirror.example.com:5000/library/redis', '7.2.11-alpine', digest],
    ['node', '24.11.1-alpine3.22', undefined],
  ]);
});

test('it looks at registry.yaml wherever that is, and at no generated file', () => {
  const [, pattern] = /^\/(.*)\/$/.exec(manager!.managerFilePatterns[0]!)!;
  const looked = (path: string): boolean => new RegExp(pattern!).test(path);
  assert.equal(['registry.yaml', 'registries/eu/registry.yaml', 'base/deployment.yaml', 'overlays/tls/kustomization.yaml', 'my-registry.yaml'].map(looked), [true, true, false, false, false]);
  for (const folder of ['base', 'overlays', 'delivery']) assert.ok(renovate.ignorePaths.includes(`**/${folder}/**`), folder);
});

test('what it changes makes the tree stale until it is generated, with the new image everywhere', () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', shipped]]);
    assert.is(run(folder, ['generate']).code, 0);
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace(expression(), (found) => found.replace('3.1.1', '3.1.2')));
    assert.is(run(folder, ['check']).code, 1);
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(run(folder, ['check']).code, 0);
    const files = Object.values(readFiles(folder)).join('\n');
    assert.equal([/registry:3\.1\.1/.test(files), /registry:3\.1\.2/.test(files)], [false, true]);
  }));

test("a marker of Flux is a comment: it changes nothing in the tree", () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', shipped]]);
    assert.is(run(folder, ['generate']).code, 0);
    const [marked] = guide.match(/^image: registry:3\.1\.1 # \{.*\}$/m)!;
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace(/^image: .*$/m, marked));
    assert.match(run(folder, ['check']).out, 'are what registry.yaml gives');
  }));

test('the file of Argo CD Image Updater beside an overlay is neither drift nor removed', () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', shipped]]);
    assert.is(run(folder, ['generate']).code, 0);
    const own = { 'overlays/tls/.argocd-source-registry-tls.yaml': 'kustomize:\n  images:\n    - registry:3.1.2\n' };
    writeFiles(folder, Object.entries(own));
    assert.is(run(folder, ['check']).code, 0);
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(readFiles(folder)['overlays/tls/.argocd-source-registry-tls.yaml'], Object.values(own)[0]);
  }));

test('the examples of the guide are YAML', () => {
  for (const [, example] of guide.matchAll(/```yaml\n([^]*?)```/g)) {
    for (const document of parseAllDocuments(example!)) assert.equal((document as { errors: unknown[] }).errors, []);
  }
});

test.run();
