import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { configTypes } from '../../scripts/config-types.js';
import { problemsOf } from '../support/config.js';

interface Field {
  $ref?: string;
  title?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Field>;
  items?: Field;
  additionalProperties?: Field | boolean;
}

const test = suite('the schema of registry.yaml');
const schema = JSON.parse(readFileSync('schemas/registry.schema.json', 'utf8')) as Field & {
  $schema: string;
  $defs: Record<string, Field>;
};

/** Every field, with the path at which it stands. */
function* fields(field: Field, path: string[]): Generator<[path: string[], field: Field]> {
  if (field.$ref) return yield* fields(schema.$defs[field.$ref.replace('#/$defs/', '')]!, path);
  yield [path, field];
  for (const [name, property] of Object.entries(field.properties ?? {})) yield* fields(property, [...path, name]);
  if (field.items) yield* fields(field.items, [...path, '0']);
}

test('is of draft 2020-12', () => {
  assert.is(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
});

test('gives every field a title, a description, a default and an example', () => {
  let count = 0;
  for (const [path, field] of [...fields(schema, []), ...fields(schema.$defs['overlay']!, ['overlays', 'x'])]) {
    const where = path.join('.');
    assert.type(field.title, 'string', `title of ${where}`);
    assert.match(field.description ?? '', /\w.*\.$/, `description of ${where}`);
    assert.ok('default' in field, `default of ${where}`);
    assert.ok(field.examples!.length > 0, `example of ${where}`);
    count++;
  }
  assert.ok(count > 80);
});

test('every example is itself valid where it stands', async () => {
  for (const [path, field] of fields(schema, [])) {
    for (const example of field.examples!) {
      const value = path.reduceRight<unknown>((inner, name) => (name === '0' ? [inner] : { [name]: inner }), example);
      // Examples of single fields may need others beside them; the schema itself must take each.
      const told = (await problemsOf(stringify(value)))
        .split('\n')
        .filter((line) => /expected|unknown field/.test(line));
      assert.equal(told, [], path.join('.'));
    }
  }
});

test('the types of registry.yaml are derived from it', async () => {
  assert.is(await configTypes(), readFileSync('generator/config/schema.d.ts', 'utf8'), 'run npm run config-types');
});

test.run();
