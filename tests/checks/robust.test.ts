/** Whatever stands in a manifest or in config.yml: the rules find something or nothing, and none breaks off. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import { readUnits } from '../../generator/manifests/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { often } from '../support/configs.js';
import { shippedUnits } from '../support/objects/corpus.js';
import { kustomizationFiles, wholeKustomization } from '../support/kustomization.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { fieldMutants } from '../support/objects/field-mutants.js';

const test = suite('nothing that is written breaks a rule off');
const validators = new Validators();
/** Of so many mutants one is tried: each kind of change in many places. */
const EACH = often(61, 17);
/** The same, of config.yml and kustomization.yaml, which are written and read. */
const EACH_FILE = often(5, 1);

async function assertJudged(objects: KubernetesObject[], what: string): Promise<void> {
  try {
    await check({ objects, target: ALL_MINORS }, validators);
  } catch (error) {
    assert.unreachable(`${what}: ${(error as Error).stack}`);
  }
}

async function tryMutants(objects: KubernetesObject[], one: KubernetesObject, offset: number): Promise<void> {
  const mutants = fieldMutants(one).filter((_, index) => (index + offset) % EACH === 0);
  for (const { object, path, change } of mutants)
    await assertJudged(
      objects.map((other) => (other === one ? object : other)),
      `${one.kind} ${path.join('.')}: ${change}`,
    );
}

test('in any field of the overlays', async () => {
  const tried = new Set<string>();
  for (const { objects } of shippedUnits())
    for (const object of objects) {
      const text = JSON.stringify(object);
      if (!tried.has(text)) await tryMutants(objects, object, tried.size);
      tried.add(text);
    }
});

test('in any field of any known kind', async () => {
  const folder = join(import.meta.dirname, 'valid');
  for (const [offset, name] of readdirSync(folder).entries()) {
    const objects = parseAllDocuments(readFileSync(join(folder, name), 'utf8'), { version: '1.1' }).map(
      (document) => document.toJS() as KubernetesObject,
    );
    for (const object of objects) await tryMutants([object], object, offset);
  }
});

test('in any field of config.yml', async () => {
  const tried = new Set<string>();
  for (const { name, objects } of shippedUnits()) {
    const configMap = objects.find(
      (object) => 'data' in object && 'config.yml' in (object.data as object),
    ) as KubernetesObject & { data: Record<string, string> };
    const text = configMap.data['config.yml']!;
    if (tried.has(text)) continue;
    tried.add(text);
    const mutants = fieldMutants(parse(text) as KubernetesObject);
    for (const { object, path, change } of mutants.filter((_, index) => (index + tried.size) % EACH_FILE === 0)) {
      const changed = { ...configMap, data: { ...configMap.data, 'config.yml': stringify(object) } };
      await assertJudged(
        objects.map((other) => (other === configMap ? changed : other)),
        `${name}: config.yml ${path.join('.')}: ${change}`,
      );
    }
  }
});

test('in any field of kustomization.yaml', () =>
  withFolder(async (folder) => {
    writeFiles(folder, kustomizationFiles);
    const read = (): Promise<unknown> =>
      readUnits({
        paths: [folder],
        readStandardInput: () => assert.unreachable('nothing to read') as never,
        kustomize: () => assert.unreachable('nothing to build') as never,
        known: () => [],
      });
    const mutants = fieldMutants(parse(wholeKustomization) as KubernetesObject);
    for (const { object, path, change } of mutants.filter((_, index) => index % EACH_FILE === 0)) {
      writeFileSync(join(folder, 'kustomization.yaml'), stringify(object));
      try {
        await read();
      } catch (error) {
        assert.unreachable(`kustomization.yaml ${path.join('.')}: ${change}: ${(error as Error).stack}`);
      }
    }
  }));

test('in objects of unknown kinds with known names', async () => {
  for (const kind of ['Gateway', 'Ingress', 'VirtualService', 'Deployment', 'ConfigMap', 'Service', 'Certificate']) {
    for (const spec of ['text', [1], { rules: 'text', http: { a: 1 }, hosts: 5, listeners: [null] }])
      await assertJudged(
        [
          {
            apiVersion: 'example.com/v1',
            kind,
            metadata: { name: 'x' },
            spec,
            data: spec,
          } as unknown as KubernetesObject,
        ],
        kind,
      );
  }
});

test.run();
