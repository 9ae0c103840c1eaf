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
/** Tables of cases, drivers of one server each, and suites that are one loop over servers. */
const LONGER = [
  'tests/e2e/rendering.test.ts',
  'tests/features/pitfalls.test.ts',
  'tests/support/cluster/apiserver.ts',
  'tests/support/cluster/cluster.ts',
  'tests/support/configs.ts',
  'tests/support/objects/change-cases.ts',
  'tests/support/objects/corpus.ts',
];

/** Generated files are read by nobody. */
const code = fastGlob.sync(['{generator,tests}/**/*.{ts,mts}', '{scripts,tests}/**/*.{ts,js}'], {
  cwd: root,
  ignore: ['generator/generated/**', '**/*.d.ts'],
});

test(`no file of code is longer than ${LINES} lines`, () => {
  assert.ok(code.length > 250, `${code.length} files`);
  const lines = (path: string): number => readFileSync(join(root, path), 'utf8').split('\n').length - 1;
  const long = code.filter((path) => lines(path) > LINES);
  assert.equal(
    long.filter((path) => !LONGER.includes(path)).map((path) => `${path}: ${lines(path)} lines`),
    [],
  );
  assert.equal(
    LONGER.filter((path) => !long.includes(path)),
    [],
    'no exception is needed for these any more',
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
