import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const MEMORY = '/dev/shm';
/** Bytes that must be free: container engines give a container 64 MiB of it. */
const ENOUGH = 2 * 1024 ** 3;

/**
 * @returns the folder for what is soon removed again: a memory disk, where there is one with room. On a disk, to make and to remove
 *   the thousands of small files takes longer than what is tested.
 */
export function scratch(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ENOUGH && runsPrograms(MEMORY) ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Tests have git run hooks, which a container's memory disk may be mounted to refuse. */
function runsPrograms(mount: string): boolean {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    // Of several mounts the last one is on top.
    .findLast((one) => one.split(' ')[1] === mount);
  return line !== undefined && !line.split(' ')[3]!.split(',').includes('noexec');
}

/** Runs with a folder of its own, removed afterwards. */
export async function withFolder<T>(run: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes files, path -> text. */
export function writeFiles(folder: string, files: Iterable<[path: string, text: string]>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** @returns every file below a folder, but for what is left out: path -> text. */
export function readFiles(folder: string, leftOut: string[] = []): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const name of readdirSync(at)
      .sort()
      .filter((entry) => !leftOut.includes(entry))) {
      const path = join(at, name);
      if (statSync(path).isDirectory()) walk(path);
      else files[relative(folder, path)] = readFileSync(path, 'utf8');
    }
  };
  walk(folder);
  return files;
}
