/** What a file was when it was committed last, for readers that cannot wait. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { gitEnvironment } from './git.js';

/**
 * @param folder that paths are relative to
 * @returns a reader of files as HEAD has them; undefined where the folder is in no repository, or there is no git
 */
export function committedReader(folder: string): ((path: string) => string) | undefined {
  if (git(folder, ['rev-parse', '--git-dir']).status !== 0) return undefined;
  const start = realpathSync(folder);
  return (path) => {
    const named = resolve(start, path);
    // Of a link git keeps where it leads.
    const real = existsSync(named) ? realpathSync(named) : named;
    const { status, stdout } = git(start, ['show', `HEAD:./${relative(start, real).split(sep).join('/')}`]);
    if (status !== 0) throw new Error('it is not committed');
    return stdout;
  };
}

function git(folder: string, args: string[]): { status: number | null; stdout: string } {
  return spawnSync('git', args, {
    cwd: folder,
    env: gitEnvironment(),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
