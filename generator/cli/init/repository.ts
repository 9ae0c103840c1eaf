import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { gitEnvironment } from '../../publish/index.js';
import { makeFolder, repositoryAbove } from '../../tree/index.js';

/** Makes the folder a repository, unless it is in one. @returns the top of the one that it is in, and what was made */
export function startRepository(root: string): { top?: string; made?: string } {
  makeFolder(root);
  const top = repositoryAbove(realpathSync(root));
  if (top !== undefined) return { top };
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, env: gitEnvironment(), encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  // Git older than 2.28 cannot name the branch.
  const made = git('init', '--quiet', '--initial-branch=main') ?? git('init', '--quiet');
  return made === undefined ? {} : { made: 'a git repository, without a commit' };
}
