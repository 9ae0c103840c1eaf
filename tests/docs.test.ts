import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { derivedFiles } from '../scripts/docs.js';

const test = suite('the documentation');
const readme = readFileSync('README.md', 'utf8');

test('its derived parts are current', () => {
  for (const { path, text } of derivedFiles()) assert.is(readFileSync(path, 'utf8'), text, `${path}: run npm run docs`);
});

test('every npm script that it names is there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm run (?:--silent )?([\w-]+)/g)].map(([, name]) => name!);
  assert.ok(named.length > 8);
  for (const name of named) assert.ok(name in scripts, name);
});

test.run();
