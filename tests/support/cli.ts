import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The bundled command line, as npm starts it. */
export const PROGRAM = join(import.meta.dirname, '../../dist/registry-gitops.js');

export interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** Runs registry-gitops in a folder. */
export function run(cwd: string, args: string[], input = '', environment: NodeJS.ProcessEnv = {}): Result {
  // The test runner sets FORCE_COLOR, of which node itself warns where NO_COLOR is set too.
  const { FORCE_COLOR: _, ...inherited } = process.env;
  const env = { ...inherited, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    input,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}
