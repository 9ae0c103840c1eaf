/** The commands that a snippet of shell would run, without running one: bash itself takes the text apart. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../support/tools.js';

export const BASH = findProgram('bash');

/** A program and its arguments, as it would be started. */
export type Command = [program: string, ...args: string[]];

export interface Recorded {
  commands: Command[];
  /** What bash says where the text is no shell. */
  problem: string;
}

/** What begins a command that is shown with its output. */
const PROMPT = '$ ';

/** No program is found on this PATH, so bash hands each to a function, which writes it down, and prints a word in capitals for `$(...)`. */
const PROLOGUE = `PATH=/nonexistent
command_not_found_handle() { builtin printf '%s\\0' "$@" $'\\1' >>"$RECORD"; builtin echo OUTPUT; }
cd() { command_not_found_handle cd "$@"; }
`;

/** @returns the shell text of a snippet: its lines with a prompt, or all of it where none has one. */
export function shellOf(text: string): string {
  const lines = text.split('\n');
  if (!lines.some((line) => line.startsWith(PROMPT))) return text;
  let continued = false;
  return lines
    .filter((line) => {
      const own = continued || line.startsWith(PROMPT);
      continued = own && line.endsWith('\\');
      return own;
    })
    .map((line) => line.replace(/^\$ /, ''))
    .join('\n');
}

/** @returns each command of a snippet with the output that is shown below it, in the order of the text. */
export function shownOutputs(text: string): { command: string; output: string[] }[] {
  const shown: { command: string; output: string[] }[] = [];
  let continued = false;
  for (const line of text.split('\n')) {
    if (line.startsWith(PROMPT)) shown.push({ command: line.slice(PROMPT.length), output: [] });
    else if (continued) shown.at(-1)!.command += `\n${line}`;
    else shown.at(-1)?.output.push(line);
    continued = (continued || line.startsWith(PROMPT)) && line.endsWith('\\');
  }
  return shown;
}

/** @returns the commands of shell text. Files are written in a folder of its own only. */
export function recordCommands(shell: string): Recorded {
  // Builtins and redirections do run.
  if (/[<>]\s*["']?[/~$]/.test(shell)) return { commands: [], problem: 'redirects to a path outside of the folder' };
  const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-docs-'));
  try {
    mkdirSync(join(folder, 'secrets'));
    const record = join(folder, '.record');
    writeFileSync(record, '');
    const { stderr } = spawnSync(BASH!, ['--norc', '-c', `${PROLOGUE}${shell}`], {
      cwd: folder,
      env: { RECORD: record, HOME: folder },
      encoding: 'utf8',
      // What `read` asks for.
      input: 'TYPED\n'.repeat(9),
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: 10_000,
    });
    const commands = readFileSync(record, 'utf8')
      .split('\0\u0001\0')
      .filter(Boolean)
      .map((one) => one.split('\0') as Command);
    return { commands, problem: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
