import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFieldTable } from '../scripts/readme-table.js';

const test = suite('the documentation');
const readme = readFileSync('README.md', 'utf8');

test('its table of fields is the schema\'s', () => {
  assert.is(withFieldTable(readme), readme, 'run npm run readme-table');
});

test('every npm script that it names is there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm run (?:--silent )?([\w-]+)/g)].map(([, name]) => name!);
  assert.ok(named.length > 8);
  for (const name of named) assert.ok(name in scripts, name);
});

test.run();
