/** What a file was when it was committed last: git is asked for it. */
import { spawnSync } from 'node:child_process';

/**
 * @param folder that paths are relative to
 * @returns a reader of files as HEAD has them; undefined where the folder is in no repository, or there is no git
 */
export function committedReader(folder: string): ((path: string) => string) | undefined {
  if (git(folder, ['rev-parse', '--git-dir']).status !== 0) return undefined;
  return (path) => {
    const { status, stdout } = git(folder, ['show', `HEAD:./${path}`]);
    if (status !== 0) throw new Error('it is not committed');
    return stdout;
  };
}

function git(folder: string, args: string[]): { status: number | null; stdout: string } {
  return spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] });
}
