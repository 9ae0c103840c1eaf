/** The test runner: a test that fails, or is not run, never passes for one that does. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Ran, runFiles } from '../../scripts/test/pool.js';

const test = suite('the test runner');

async function ranBy(processes: number, ...names: string[]): Promise<Ran[]> {
  const all: Ran[] = [];
  const file = (name: string) => join(import.meta.dirname, 'runner', `${name}.ts`);
  await runFiles(names.map(file), processes, (ran) => all.push(ran));
  return names.map((name) => all.find((ran) => ran.file === file(name))!);
}

test('counts what passed, failed and was skipped, and keeps what each file printed', async () => {
  const [passes, fails] = await ranBy(1, 'passes', 'fails');
  const { passed, skipped, total, failures } = passes!.result;
  assert.equal([passed, skipped, total, failures], [2, 1, 2, '']);
  assert.match(passes!.printed, 'printed by a test');
  assert.equal([fails!.result.passed, fails!.result.total], [1, 2]);
  assert.match(fails!.result.failures, /bad[^]*strictly equal/);
  assert.not.match(fails!.printed, 'printed by a test');
});

test('a file that throws, ends its process or waits for nothing fails, and those after it are run', async () => {
  const all = await ranBy(1, 'throws', 'exits', 'hangs', 'passes');
  assert.equal(
    all.map(({ result }) => [result.passed, result.total]),
    [
      [0, 1],
      [0, 1],
      [0, 1],
      [2, 2],
    ],
  );
  assert.match(all[0]!.printed, 'thrown by a file');
  assert.match(all[1]!.result.failures, 'exit code 0');
});

test('several processes run each file once', async () => {
  const all = await ranBy(3, 'passes', 'fails', 'exits');
  assert.equal(
    all.map(({ result }) => result.passed),
    [2, 1, 0],
  );
});

test('the exit code is 1 where no file matches', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/test.ts', '^nothing$'], {
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.match(stderr, 'No test file in tests/ matches');
});

test.run();
