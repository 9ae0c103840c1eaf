/** The user's own kustomize, or the one in kubectl: overlays that this program did not write are built by it. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Milliseconds. An overlay may fetch others from git. */
const TIMEOUT = 120_000;

export interface Kustomize {
  program: string;
  args: string[];
}

/** @returns kustomize where it is on the PATH, else kubectl. */
export function findKustomize(): Kustomize | undefined {
  const kustomize = onPath('kustomize');
  if (kustomize) return { program: kustomize, args: ['build'] };
  const kubectl = onPath('kubectl');
  return kubectl ? { program: kubectl, args: ['kustomize'] } : undefined;
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @returns what kustomize builds from a folder. @throws Error with what it says where it cannot */
export async function build({ program, args }: Kustomize, folder: string): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args, folder], { maxBuffer: 2 ** 28, timeout: TIMEOUT });
    return stdout;
  } catch (error) {
    const { stderr, killed, message } = error as Error & { stderr?: string; killed?: boolean };
    if (killed) throw new Error(`kustomize took longer than ${TIMEOUT / 1000} s`, { cause: error });
    throw new Error(told(stderr || message), { cause: error });
  }
}

/** @returns what kustomize or kubectl says, without the log's prefix, as one line that is the same on each machine. */
function told(text: string): string {
  // Over several lines: E1124 ... "command failed" err=<, the lines, and >.
  const block = /^[EWF]\d{4} .*\berr=<\n([^]*?)\n\s*>\s*$/m.exec(text)?.[1];
  const said = (block ?? text)
    .trim()
    .split(/\s*\n\s*/)
    .filter((line) => !line.startsWith('# Warning:'));
  const lines = said.map((line) => {
    // klog: level, date, time, process, place in the code, and the error quoted.
    const quoted = /^[EWF]\d{4} [\d:.]+\s+\d+ \S+\] .*\berr="((?:[^"\\]|\\.)*)"$/.exec(line)?.[1];
    return (quoted === undefined ? line : quoted.replace(/(\\n)+/g, '; ').replace(/\\(.)/g, '$1')).replace(
      /^(Error|error): /,
      '',
    );
  });
  return lines.join('; ').replaceAll(`${process.cwd()}${sep}`, '');
}
