/** Go modules as a source of files: the module proxy serves what their projects released. */
import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { Progress } from '../../generator/cli/shared/progress.js';

/** @returns the folder of a module in Go's own cache, downloaded where it is not there. @param module path@version */
export function moduleFolder(module: string): string {
  const progress = new Progress();
  progress.step(`downloading ${module}`);
  // A module may ask for a newer Go than is installed, though only its files are wanted.
  const { stdout, error } = spawnSync('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'auto' },
  });
  progress.clear();
  if (error) throw new Error(`Go is needed to read ${module}: ${error.message}`);
  const { Dir, Error: complaint } = JSON.parse(stdout) as { Dir?: string; Error?: string };
  if (!Dir) throw new Error(`${module} cannot be downloaded: ${complaint}`);
  return Dir;
}

/** @returns the newest release of each of a module's last minors, oldest first, as the proxy lists them. */
export function lastMinors(module: string, count: number): string[] {
  const listed = execFileSync('go', ['list', '-m', '-versions', module], { cwd: tmpdir(), encoding: 'utf8' });
  const newest = new Map<number, { patch: number; version: string }>();
  for (const [version, minor, patch] of listed.matchAll(/\bv1\.(\d+)\.(\d+)(?= |$)/gm)) {
    const known = newest.get(Number(minor));
    if (!known || known.patch < Number(patch)) newest.set(Number(minor), { patch: Number(patch), version });
  }
  return [...newest]
    .sort(([a], [b]) => a - b)
    .slice(-count)
    .map(([, { version }]) => version);
}
