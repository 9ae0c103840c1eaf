/** Nothing is found where nothing is wrong: on the shipped tree, on valid objects of every kind, on random configs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { ALL_MINORS, check, type Finding, formatPath, objectLabel, Validators } from '../../generator/checks/index.js';
import type { Settings } from '../../generator/config/index.js';
import { buildModel } from '../../generator/features/index.js';
import { finish } from '../../generator/kustomize/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { makePlan } from '../../generator/plan/index.js';
import emitted from '../../schemas/emitted-kinds.json' with { type: 'json' };
import { bytesOf, configOf, shipped } from '../support/config.js';
import { choices } from '../support/choices.js';
import { often, randomConfigs } from '../support/configs.js';

const test = suite('nothing is found where nothing is wrong');
const validators = new Validators();
const reported = ({ rule, object, path, message }: Finding): string =>
  `${rule} ${objectLabel(object)} ${formatPath(path)}: ${message}`;

/** @returns the settings of the base and of every overlay. */
function variants(text: string): Settings[] {
  const { base, overlays } = configOf(text);
  return [base, ...overlays.map(({ settings }) => settings)];
}

function objectsOf(settings: Settings): KubernetesObject[] {
  return finish(buildModel(settings), []);
}

test('on the shipped tree', async () => {
  assert.equal((await makePlan(bytesOf(shipped), 'registry.yaml')).findings.map(reported), []);
});

/** Nightly there are more, and others each time. */
const count = Number(process.env['CONFIGS'] ?? often(50, 150));
const seed = Number(process.env['SEED'] ?? 3);
test(`on ${count} random configs, but what they chose`, async () => {
  const met = new Set<string>();
  for (const text of randomConfigs(count, seed)) {
    for (const settings of variants(text)) {
      const model = buildModel(settings);
      const findings = await check(
        { objects: finish(model, []), target: ALL_MINORS, externals: model.externals },
        validators,
      );
      assert.equal(findings.filter(({ rule }) => !choices[rule]).map(reported), [], text);
      for (const [rule, chose] of Object.entries(choices)) {
        const broken = findings.some((finding) => finding.rule === rule);
        assert.is(broken, chose(settings), `${rule}\n${text}`);
        if (broken) met.add(rule);
      }
    }
  }
  assert.equal([...met].sort(), Object.keys(choices).sort(), 'each choice is made by some config');
});

test('on valid objects of 50 kinds, as far as an API server would say', async () => {
  const folder = join(import.meta.dirname, 'valid');
  const kinds = new Set<string>();
  for (const name of readdirSync(folder)) {
    const objects = [...parseAllDocuments(readFileSync(join(folder, name), 'utf8'), { version: '1.1' })].map(
      (document) => document.toJS() as KubernetesObject,
    );
    for (const object of objects) {
      kinds.add(`${object.apiVersion}/${object.kind}`);
      const findings = await check({ objects: [object], target: ALL_MINORS }, validators);
      assert.equal(findings.filter(({ rule }) => SCHEMA.test(rule)).map(reported), [], `${name}: ${object.kind}`);
    }
  }
  assert.ok(kinds.size >= 50, String(kinds.size));
});
const SCHEMA =
  /^(unknown-kind|removed-api|deprecated-api|unserved-kind|unserved-field|deprecated-field|unknown-field|missing-field|wrong-type|invalid-value|duplicate-item|cel|unknown-cel|immutable-field)$/;

test('every kind whose validator is loaded at the start is emitted by some config, and none else', () => {
  const kinds = new Set(
    [shipped, ...randomConfigs(often(60, 150), 20)]
      .flatMap(variants)
      .flatMap(objectsOf)
      .map(({ apiVersion, kind }) => `${apiVersion}/${kind}`),
  );
  assert.equal([...kinds].sort(), [...emitted].sort());
});

test.run();
