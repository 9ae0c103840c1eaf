/** What a file was when it was committed last, for readers that cannot wait. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { type Discovered, discoverRepository, NoRepository } from './discover.js';
import { gitEnvironment, OWN_SETTINGS } from './git.js';
import { READ_ONLY_ENVIRONMENT, READ_ONLY_SETTINGS } from './read-only.js';

/**
 * @param folder that paths are relative to
 * @returns a reader of files as HEAD has them; undefined where the folder is in no repository, or there is no git
 */
export function committedReader(folder: string): ((path: string) => string) | undefined {
  const repository = repositoryOf(folder);
  if (repository === undefined) return undefined;
  const { top, folder: gitFolder } = repository;
  const env = { ...gitEnvironment(), ...READ_ONLY_ENVIRONMENT, GIT_DIR: gitFolder, GIT_WORK_TREE: top };
  const start = realpathSync(folder);
  return (path) => {
    const named = resolve(start, path);
    // Of a link git keeps where it leads.
    const real = existsSync(named) ? realpathSync(named) : named;
    const { status, stdout } = spawnSync(
      'git',
      [...OWN_SETTINGS, ...READ_ONLY_SETTINGS, 'cat-file', 'blob', `HEAD:${relative(top, real).split(sep).join('/')}`],
      { cwd: top, env, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    if (status !== 0) throw new Error('it is not committed');
    return stdout;
  };
}

function repositoryOf(folder: string): Discovered | undefined {
  try {
    return discoverRepository(folder);
  } catch (error) {
    if (error instanceof NoRepository) return undefined;
    throw error;
  }
}
