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
export function run(cwd: string, args: string[], input = ''): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { code: status, out: stdout, err: stderr };
}
