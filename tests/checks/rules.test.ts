/** Every rule has an example that breaks it, and the same, mended: the one is reported at its place, in the other nothing is found. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ALL_MINORS,
  check,
  type Rule,
  rules,
  type SchemaRule,
  schemaRules,
  type Severity,
  Validators,
} from '../../generator/checks/index.js';
import { findKustomize, type LoadedUnit, type Place, readUnits } from '../../generator/manifests/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf } from '../support/config.js';
import { testWith } from '../support/tools.js';

const test = suite('examples of rules');
const validators = new Validators();
const folder = relative('.', join(import.meta.dirname, 'rules'));
const all: readonly (Rule | SchemaRule)[] = [...rules, ...schemaRules];
const isSchemaRule = (id: string): boolean => schemaRules.some((rule) => rule.id === id);
/** Rules about folders that kustomize builds. */
const OVERLAYS = new Set(['kustomization', 'patch-target', 'kustomize-build']);
/** Files that some examples need beside them. */
const BESIDE = ['immutable-field.previous.yaml', 'unknown-cel.crd.yaml', 'unknown-cel.passes.crd.yaml'];

type Which = 'fails' | 'passes';

interface Told {
  rule: string;
  severity: Severity;
  message: string;
  place: Place | undefined;
}

function nameOf(id: string, which: Which): string {
  return OVERLAYS.has(id) ? `${id}.${which}` : `${id}.${which}.yaml`;
}

/** @param built whether an overlay has to be built: what is wrong with its files is found without */
async function read(name: string, built: boolean): Promise<LoadedUnit> {
  const units = await readUnits({
    paths: [join(folder, name)],
    readStandardInput: () => Promise.reject(new Error('nobody reads it here')),
    kustomize: () => findKustomize()!,
    ...(built ? {} : { known: () => [] }),
  });
  assert.is(units.length, 1, name);
  return units[0]!;
}

async function previousOf(id: string): Promise<KubernetesObject[]> {
  return id === 'immutable-field' ? (await read('immutable-field.previous.yaml', false)).objects : [];
}

async function validatorsOf(id: string, which: Which): Promise<Validators> {
  if (id !== 'unknown-cel') return validators;
  const own = new Validators();
  await own.addCrds(
    readFileSync(join(folder, which === 'fails' ? 'unknown-cel.crd.yaml' : 'unknown-cel.passes.crd.yaml'), 'utf8'),
  );
  return own;
}

/** @returns all that is found in an example, by whichever rule. */
async function reported(id: string, which: Which): Promise<Told[]> {
  const name = nameOf(id, which);
  if (id === 'unused-exception') {
    const { unused } = await makePlan(bytesOf(readFileSync(join(folder, name), 'utf8')), join(folder, name));
    return unused.map(({ message, ...place }) => ({ rule: id, severity: 'warning', message, place }));
  }
  const unit = await read(name, id === 'kustomize-build');
  const findings = await check(
    { objects: unit.objects, target: ALL_MINORS, previous: await previousOf(id) },
    await validatorsOf(id, which),
  );
  return [...unit.problems, ...findings.map((finding) => ({ ...finding, place: unit.placeOf(finding) }))];
}

async function checkExamples({ id, severity }: Rule | SchemaRule): Promise<void> {
  const [fails, passes] = [await reported(id, 'fails'), await reported(id, 'passes')];
  const own = fails.filter(({ rule }) => rule === id);
  assert.ok(own.length > 0, `${id}: nothing is found in ${nameOf(id, 'fails')}`);
  for (const { severity: actual, message, place } of own) {
    assert.is(actual, severity, message);
    assert.ok(place, message);
    const example = join(folder, nameOf(id, 'fails'));
    assert.is(place.file, OVERLAYS.has(id) ? join(example, 'kustomization.yaml') : example, message);
    // The header is above.
    assert.ok(place.line > 2, `${message} (line ${place.line})`);
  }
  assert.equal(
    passes.filter(({ rule }) => rule === id).map(({ message }) => message),
    [],
    nameOf(id, 'passes'),
  );
  // Only what has the right shape can show what else is wrong.
  if (!isSchemaRule(id))
    assert.equal(
      [...fails, ...passes].flatMap(({ rule, message }) => (isSchemaRule(rule) ? `${rule}: ${message}` : [])),
      [],
      id,
    );
}

test('every rule has its two examples, and nothing else has any', () => {
  const expected = [...all.flatMap(({ id }) => [nameOf(id, 'fails'), nameOf(id, 'passes')]), ...BESIDE];
  assert.equal(readdirSync(folder).sort(), expected.sort());
});

for (const rule of all) {
  const name = `${rule.id}: ${rule.title}`;
  if (rule.id === 'kustomize-build')
    testWith(test, 'kustomize or kubectl', findKustomize() !== undefined, name, () => checkExamples(rule));
  else test(name, () => checkExamples(rule));
}

test.run();
