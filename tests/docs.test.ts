import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('a pull request is asked for with its branch: commit refuses one of the branch that it is for', () => {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', 'generator/init/README.md', ...docs.map((name) => join('docs', name))];
  const told = pages.flatMap(
    (page) => readFileSync(page, 'utf8').match(/npm run commit -- [^`#\n]*--pull-request/g) ?? [],
  );
  assert.ok(told.length > 2);
  for (const command of told) assert.match(command, '--branch ');
});

test.run();
