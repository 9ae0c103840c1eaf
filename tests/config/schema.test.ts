import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configTypes } from '../../scripts/config-types.js';

const test = suite('the schema of registry.yaml');
const schema = JSON.parse(readFileSync('schemas/registry.schema.json', 'utf8')) as { $schema: string };

test('is of draft 2020-12', () => {
  assert.is(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
});

test('the types of registry.yaml are derived from it', async () => {
  assert.is(await configTypes(), readFileSync('generator/config/schema.d.ts', 'utf8'), 'run npm run config-types');
});

test.run();
