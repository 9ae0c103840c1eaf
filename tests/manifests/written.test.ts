/** The objects of a tree, read from its files without kustomize, are the model, which is what kustomize builds. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isEqual } from '../../generator/kustomize/index.js';
import { LayerError, readerOf, WrittenTree } from '../../generator/manifests/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, makePlan, variantNames } from '../../generator/plan/index.js';
import { folderOf } from '../../generator/model/index.js';
import { randomConfigs } from '../support/configs.js';

const test = suite('objects as a tree has them');

const identity = ({ apiVersion, kind, metadata }: KubernetesObject): string =>
  `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

test('of random configs, every overlay', async () => {
  let compared = 0;
  for (const text of [readFileSync('registry.yaml', 'utf8'), ...randomConfigs(40, 34)]) {
    const { config, files } = await makePlan(new TextEncoder().encode(text), 'registry.yaml');
    const tree = new WrittenTree(readerOf(files));
    const known = new WrittenTree(readerOf(files, files.known));
    for (const variant of variantNames(config)) {
      const model = new Map(buildVariant(config, variant, 'registry.yaml').map((object) => [identity(object), object]));
      const written = tree.objectsOf(folderOf(variant));
      assert.equal(written.map(identity).sort(), [...model.keys()].sort(), `${text}\n${variant}`);
      for (const object of written) {
        if (!isEqual(object, model.get(identity(object))))
          assert.equal(object, model.get(identity(object)), `${text}\n${variant}`);
      }
      // Values that are not parsed have the comments for the reader too.
      assert.ok(isEqual(known.objectsOf(folderOf(variant)), written), `${text}\n${variant}: without parsing`);
      compared += written.length;
    }
  }
  assert.ok(compared > 1500, `${compared}`);
});

test('what this generator never writes is left to kustomize', () => {
  const files = new Map([
    [
      'base/kustomization.yaml',
      'resources: [service.yaml]\nnamePrefix: my-\nimages: []\nconfigMapGenerator: [{ name: x, options: { immutable: true } }]\n',
    ],
    ['base/service.yaml', 'apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n'],
  ]);
  const read = readerOf(files);
  assert.throws(
    () => new WrittenTree(read).objectsOf('base'),
    (error: Error) =>
      error instanceof LayerError &&
      error.message === 'base/kustomization.yaml: only kustomize can build this (namePrefix, images, immutable)',
  );
});

test('a file that is missing is reported', () => {
  const read = readerOf(
    new Map([['base/kustomization.yaml', 'configMapGenerator:\n  - name: x\n    files: [config/config.yml]\n']]),
  );
  assert.throws(
    () => new WrittenTree(read).objectsOf('base'),
    /base\/kustomization\.yaml: there is no file base\/config\/config\.yml/,
  );
});

test.run();
