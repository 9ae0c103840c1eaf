/** What is read from top to bottom stays short enough for it: files of code, and folders of files. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fastGlob from 'fast-glob';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('sizes');
const root = join(import.meta.dirname, '..');
const LINES = 250;
const FILES = 25;

/** Generated files are read by nobody. */
const code = fastGlob.sync(['generator/**/*.{ts,mts}', 'scripts/**/*.{ts,js}'], {
  cwd: root,
  ignore: ['generator/generated/**', '**/*.d.ts'],
});

test(`no file of code is longer than ${LINES} lines`, () => {
  assert.ok(code.length > 250, `${code.length} files`);
  const lines = (path: string): number => readFileSync(join(root, path), 'utf8').split('\n').length - 1;
  assert.equal(
    code.filter((path) => lines(path) > LINES).map((path) => `${path}: ${lines(path)} lines`),
    [],
  );
});

test(`no folder of code has more than ${FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const path of code) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  assert.equal(
    [...counts].filter(([, count]) => count > FILES).map(([folder, count]) => `${folder}: ${count} files`),
    [],
  );
});

test.run();
