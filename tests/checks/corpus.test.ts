/** Each broken manifest of the corpus trips the rule that it must, at the object that was broken. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALL_MINORS, check, rules, schemaRules, Validators } from '../../generator/checks/index.js';
import { checkSchemas } from '../../generator/checks/schema/index.js';
import { corpus } from '../support/objects/corpus.js';

const test = suite('the corpus of broken manifests');
const validators = new Validators();
const all = corpus();
const isSchemaRule = new Set<string>(schemaRules.map(({ id }) => id));
const ofSchemas = all.filter(({ rule }) => isSchemaRule.has(rule));

test('each trips the rule that it must', async () => {
  const missed: string[] = [];
  for (const { name, rule, objects, externals } of all.filter((broken) => !isSchemaRule.has(broken.rule))) {
    const findings = await check({ objects, externals, target: ALL_MINORS }, validators);
    if (!findings.some((finding) => finding.rule === rule)) missed.push(`${rule} not found: ${name}`);
  }
  assert.is(missed.join('\n'), '');
});

test('each that an API server refuses trips the rule that it must, at the object that was broken', async () => {
  const missed: string[] = [];
  for (const { name, rule, objects, changed } of ofSchemas) {
    await validators.load(objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
    const findings = checkSchemas(objects, ALL_MINORS, validators).filter((finding) => finding.rule === rule);
    if (findings.length === 0) missed.push(`${rule} not found: ${name}`);
    else if (changed !== undefined && !findings.some(({ object }) => object === objects[changed]))
      missed.push(`${rule} found elsewhere: ${name}`);
  }
  assert.is(missed.join('\n'), '');
});

test('it has at least 400 of them, and every rule that looks at objects is met', () => {
  assert.ok(all.length >= 400, String(all.length));
  const met = new Set(all.map(({ rule }) => rule));
  // Those of rules that the overlays have no object for are in tests/checks/rules.
  const others = new Set(['monitor-selector']);
  assert.equal(
    rules.map(({ id }) => id).filter((id) => !met.has(id) && !others.has(id)),
    [],
  );
  console.log(`${all.length} broken manifests, ${met.size} rules`);
});

test.run();
