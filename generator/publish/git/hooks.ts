/** The user's hooks, run by git as its own `commit` would. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Git, type GitOptions, PublishError } from './git.js';

export type Hook = 'pre-commit' | 'prepare-commit-msg' | 'commit-msg' | 'post-commit';

/**
 * Runs a hook, if there is one. What it prints goes to standard error.
 *
 * @param git with the index that is to be committed
 * @throws PublishError where it refuses
 */
export async function runHook(git: Git, hook: Hook, args: readonly string[] = []): Promise<void> {
  // As git commit does where no editor is to be opened.
  const options = { env: { GIT_EDITOR: ':' }, shown: true, forOthers: true };
  const { code } = (await knowsHooks(git))
    ? await git.try(['hook', 'run', '--ignore-missing', hook, '--', ...args], options)
    : await runFile(git, hook, args, options);
  if (code !== 0)
    throw new PublishError(
      `the hook ${hook} refused the commit (exit code ${code}); its output is above. Correct that, then run again. Nothing was committed; the files are generated.`,
      'refused',
    );
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

async function runFile(git: Git, hook: Hook, args: readonly string[], options: GitOptions): Promise<{ code: number }> {
  const file = resolve(git.folder, await git.run(['rev-parse', '--git-path', `hooks/${hook}`]));
  return existsSync(file) ? git.try(args, options, file) : { code: 0 };
}
