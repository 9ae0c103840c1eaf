import type { Test } from 'uvu';

/**
 * Prepares a suite before its first test. Where that fails, each test fails with what it threw: uvu's own hook drops the error,
 * runs no test, and counts no failure.
 */
export function prepare(test: Test, run: () => unknown): void {
  let failure: unknown;
  test.before(async () => {
    try {
      await run();
    } catch (error) {
      failure = error;
    }
  });
  test.before.each(() => {
    if (failure) throw failure;
  });
}
