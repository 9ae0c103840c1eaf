/** The user's hooks, run by git as its own `commit` would. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Git, PublishError } from './git.js';
import type { Repository } from './repository.js';
import type { Settings } from './settings.js';

export type Hook = 'pre-commit' | 'prepare-commit-msg' | 'commit-msg' | 'post-commit';

/**
 * Runs a hook, if there is one. What it prints goes to standard error.
 *
 * @param git with the index that is to be committed
 * @returns whether there may have been one
 * @throws PublishError where it refuses
 */
export async function runHook(
  repository: Repository,
  hook: Hook,
  args: readonly string[] = [],
  git: Git = repository.git,
): Promise<boolean> {
  const file = join(repository.hooks, hook);
  const isFile = existsSync(file) || existsSync(`${file}.exe`);
  if (!isFile && !namesHooks(await repository.settings())) return false;
  const isKnown = await knowsHooks(git);
  if (!isFile && !isKnown) return false;
  // As git commit does where no editor is to be opened.
  const options = { env: { GIT_EDITOR: ':' }, shown: true, forOthers: true };
  const { code } = isKnown
    ? await git.try(['hook', 'run', '--ignore-missing', hook, '--', ...args], options)
    : await git.try(args, options, file);
  if (code !== 0)
    throw new PublishError(
      `the hook ${hook} refused the commit (exit code ${code}); its output is above. Correct that, then run again. Nothing was committed; the files are generated.`,
      'refused',
    );
  return true;
}

/** Newer versions of git have hooks without a file. See https://git-scm.com/docs/git-hook */
function namesHooks(settings: Settings): boolean {
  return [...settings.keys()].some((name) => name.startsWith('hook.'));
}

let version: Promise<string> | undefined;

/** `git hook` is there since 2.36. */
async function knowsHooks(git: Git): Promise<boolean> {
  version ??= git.run(['--version']);
  const [major, minor] = /(\d+)\.(\d+)/
    .exec(await version)!
    .slice(1)
    .map(Number);
  return major! > 2 || (major === 2 && minor! >= 36);
}
