/** What the runner sends to a worker: a file to run, or none where there is no more. */
export interface Request {
  file?: string;
}

/** What became of one test file. */
export interface Result {
  passed: number;
  skipped: number;
  total: number;
  /** What uvu says of the tests that failed; empty where none did. */
  failures: string;
  seconds: number;
}

/** Begins the line with a result, which follows what a file's tests print. No test prints this. */
export const RESULT = '\u0000result ';
