/** git for commands that only read: a checkout may come with settings of its own, which name programs that git starts. */
import type { Git } from './git.js';

/** Of Git 2.39, what the commands that are used here would start a program for. */
export const READ_ONLY_SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.alternateRefsCommand=false',
  'diff.external=',
].flatMap((setting) => ['-c', setting]);

/** Objects that are missing here are not fetched, by whatever program the settings name. */
export const READ_ONLY_ENVIRONMENT = { GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '', GIT_EXTERNAL_DIFF: '' };

/** Settings of filters and drivers, which have names of their own. See https://git-scm.com/docs/gitattributes */
const NAMED = /^(filter\..*\.(?:clean|smudge|process)|diff\..*\.(?:command|textconv)|merge\..*\.driver)$/;

/**
 * @param git that runs in the repository
 * @returns git that starts none of the programs that the repository's own settings name. Those of the user's settings,
 *   such as git-lfs, stay.
 */
export async function withoutPrograms(git: Git): Promise<Git> {
  const readOnly = git.with(READ_ONLY_ENVIRONMENT, READ_ONLY_SETTINGS);
  return readOnly.with({}, await namedPrograms(readOnly));
}

async function namedPrograms(git: Git): Promise<string[]> {
  const parts = (await git.ask(['config', '--list', '--includes', '--show-scope', '--name-only', '-z'])) ?? '';
  const entries = parts.split('\0');
  const off: string[] = [];
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const [scope, name] = [entries[at]!, entries[at + 1]!];
    if (!['local', 'worktree'].includes(scope) || !NAMED.test(name)) continue;
    off.push('-c', `${name}=`);
    if (name.startsWith('filter.')) off.push('-c', `${name.replace(/\.[^.]*$/, '')}.required=false`);
  }
  return off;
}
