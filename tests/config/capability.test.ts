/** A capability is shown whole: each of its fields has an example, a row in the documentation, rules that judge it, and a class of change. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { CLASSES } from '../../generator/changes/index.js';
import { rules as checks } from '../../generator/checks/index.js';
import { ConfigError, fieldsOfSchema, noRules, readConfig, rules } from '../../generator/config/index.js';
import { bytesOf } from '../support/config.js';
import { EffectsByField, rulesByField } from '../support/objects/field-effects.js';

interface FieldSchema {
  $ref?: string;
  title?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, FieldSchema>;
  items?: FieldSchema;
  required?: string[];
}

/** A row of schemas/field-decisions.yaml. */
interface Decision {
  rules?: string[];
  checks?: string[];
  'no-rule'?: string;
  change?: string[];
  'no-change'?: string;
}

const test = suite('a field of registry.yaml');
const schema = JSON.parse(readFileSync('schemas/registry.schema.json', 'utf8')) as FieldSchema & {
  $defs: Record<string, FieldSchema>;
};
const decisions = parse(readFileSync('schemas/field-decisions.yaml', 'utf8')) as Record<string, Decision>;

/** A field in the schema, with what leads to it from the top: each map or list, and the key in it. */
interface Found {
  field: FieldSchema;
  steps: { parent: FieldSchema; key: string | number }[];
}

function* walk(written: FieldSchema, steps: Found['steps']): Generator<Found> {
  const field = written.$ref ? schema.$defs[written.$ref.replace('#/$defs/', '')]! : written;
  yield { field, steps };
  for (const [key, inner] of Object.entries(field.properties ?? {}))
    yield* walk(inner, [...steps, { parent: field, key }]);
  if (field.items) yield* walk(field.items, [...steps, { parent: field, key: 0 }]);
}

/** Those at the top, and those of an overlay of any name. */
const found: Found[] = [
  ...walk(schema, []),
  ...walk(schema.$defs['overlay']!, [
    { parent: schema, key: 'overlays' },
    { parent: {}, key: 'x' },
  ]),
];

/** @returns the path as documentation names it: ingress.allowFrom[].cidr, overlays.NAME.extends. */
function nameOf({ steps }: Found): string {
  return steps
    .map(({ key }) => (key === 0 ? '[]' : `.${key}`))
    .join('')
    .replace('.', '')
    .replace(/^overlays\.x/, 'overlays.NAME');
}

/** @returns a registry.yaml with an example, and what the schema requires beside it. */
function registryWith(example: unknown, { steps }: Found): unknown {
  return steps.reduceRight<unknown>((inner, { parent, key }) => {
    if (key === 0) return [inner];
    const beside = (parent.examples?.[0] ?? {}) as Record<string, unknown>;
    const required = (parent.required ?? []).map((name) => [name, beside[name]]);
    return { ...Object.fromEntries(required), [key]: inner };
  }, example);
}

test('has a title, a description, a default and an example', () => {
  assert.ok(found.length > 80);
  for (const one of found) {
    const { title, description, examples, ...field } = one.field;
    assert.type(title, 'string', `title of ${nameOf(one)}`);
    assert.match(description ?? '', /\w.*\.$/, `description of ${nameOf(one)}`);
    assert.ok('default' in field, `default of ${nameOf(one)}`);
    assert.ok((examples ?? []).length > 0, `example of ${nameOf(one)}`);
  }
});

test('has examples that the reader takes', () => {
  for (const one of found)
    for (const example of one.field.examples!) {
      const value = registryWith(example, one) as { overlays?: Record<string, { extends?: string }> };
      // Overlays that are extended, and files of defaults, are there.
      for (const { extends: parent } of Object.values(value.overlays ?? {})) if (parent) value.overlays![parent] = {};
      try {
        readConfig(bytesOf(stringify(value)), 'registry.yaml', () => 'name: registry\n', noRules);
      } catch (error) {
        assert.unreachable(`${nameOf(one)}: ${JSON.stringify(example)}: ${(error as ConfigError).message}`);
      }
    }
});

test('has a row in the documentation, with what it is', () => {
  const page = readFileSync('docs/reference/registry-yaml.md', 'utf8');
  const own = found.filter(({ steps }) => steps.length > 0 && steps.at(-1)!.key !== 0);
  const names = own.map(nameOf).filter((name) => !/^overlays\.NAME(\.(?!extends$)|$)/.test(name));
  assert.ok(names.length > 80);
  for (const name of names) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    assert.match(
      row?.split(' | ').at(-1) ?? '',
      /\w\w/,
      `${name} has no row in docs/reference/registry-yaml.md: run npm run docs`,
    );
  }
});

const fields = fieldsOfSchema();
/** Fields that have a value of their own: a map that has fields has none but by them. */
const leaves = fields.filter(
  ({ path }) => path === 'overlays' || !fields.some((other) => other.path.startsWith(`${path}.`)),
);
const sorted = (ids: Iterable<string> = []): string[] => [...ids].sort();

test('has a row in schemas/field-decisions.yaml, and no row is of another', () => {
  const reported = rulesByField();
  const paths = new Set(fields.map(({ path }) => path));
  assert.equal(
    [...reported.keys()].filter((path) => !paths.has(path)),
    [],
    'a rule reports what is no field',
  );
  assert.equal(
    Object.keys(decisions),
    fields.filter((field) => leaves.includes(field) || reported.has(field.path)).map(({ path }) => path),
  );
});

test('names the rules that report it, each shown by a file of tests/config/bad', () => {
  const ids = [...rules.variant, ...rules.file].map(({ id }) => id);
  assert.equal(sorted(new Set(ids)), sorted(ids), 'ids are distinct');
  const reported = rulesByField();
  for (const [path, decision] of Object.entries(decisions))
    assert.equal(sorted(decision.rules), sorted(reported.get(path)), `rules of ${path}`);
  assert.equal(
    sorted(new Set(Object.values(decisions).flatMap((decision) => decision.rules ?? []))),
    sorted(ids),
    'every rule reports a field',
  );
});

test('says why no rule judges it, where none does', () => {
  for (const { path } of leaves) {
    const { rules = [], checks = [], 'no-rule': reason } = decisions[path] ?? {};
    const judged = rules.length + checks.length > 0;
    assert.is(reason === undefined, judged, `no-rule of ${path}`);
    if (!judged) assert.match(reason ?? '', /^\S+ \S.*\.$/, `no-rule of ${path}`);
  }
});

test('names the checks that another value breaks, and the class of what that changes in the cluster, or why it changes nothing', async () => {
  const effects = new EffectsByField();
  const known = new Set(checks.map(({ id }) => id));
  for (const field of leaves) {
    const { checks = [], change, 'no-change': reason } = decisions[field.path] ?? {};
    const found = await effects.of(field);
    assert.equal(sorted(checks), found.checks, `checks of ${field.path}`);
    assert.equal(
      checks.filter((id) => !known.has(id)),
      [],
      `checks of ${field.path}`,
    );
    assert.equal(change ?? [], found.classes, `change of ${field.path}`);
    assert.ok(found.classes.every((one) => CLASSES.includes(one)));
    assert.is(reason === undefined, found.classes.length > 0, `no-change of ${field.path}`);
  }
});

test.run();
