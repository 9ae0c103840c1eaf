/** A pseudo-terminal, as util-linux's `script` makes one. */
import { spawnSync } from 'node:child_process';
import { PROGRAM } from './cli.js';
import { findProgram } from './tools.js';

/** The program `script`; undefined where it is missing. */
export const SCRIPT = findProgram('script');

/**
 * Runs registry-gitops with a terminal for standard output and standard error.
 *
 * @param args as words of a shell; redirections too
 * @param input what is typed
 * @returns the exit code, and all that the terminal got
 */
export function runOnTerminal(
  cwd: string,
  args: string,
  environment: NodeJS.ProcessEnv = {},
  input = '',
): { code: number | null; screen: string } {
  return scriptOnTerminal(cwd, `'${process.execPath}' '${PROGRAM}' ${args}`, environment, input);
}

/** The same for any command of a shell. */
export function scriptOnTerminal(
  cwd: string,
  command: string,
  environment: NodeJS.ProcessEnv = {},
  input = '',
): { code: number | null; screen: string } {
  const { FORCE_COLOR: _, CI: __, ...inherited } = process.env;
  const { status, stdout } = spawnSync(SCRIPT!, ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    input,
    env: { ...inherited, TERM: 'xterm', ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, screen: stdout };
}
