/** git for commands that only read: a checkout may come with settings of its own, which name programs that git starts. */
import { type Git, PublishError } from './git.js';

/** What the commands that are used here would start a program for, up to Git 2.55. */
export const READ_ONLY_SETTINGS = [
  // Before Git 2.36, "false" was the name of a program.
  'core.fsmonitor=',
  'core.hooksPath=/dev/null',
  'core.alternateRefsCommand=false',
  'diff.external=',
  // Of a submodule it is git itself that is started, with the settings of the submodule.
  'submodule.recurse=false',
  'diff.ignoreSubmodules=all',
  'log.showSignature=false',
].flatMap((setting) => ['-c', setting]);

/** Objects that are missing here are not fetched, by whatever program the settings name. The user's index is not written. */
export const READ_ONLY_ENVIRONMENT = {
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_EXTERNAL_DIFF: '',
  GIT_OPTIONAL_LOCKS: '0',
};

/**
 * Settings of filters, drivers and hooks, which have names of their own: each part with what switches it off.
 *
 * @see https://git-scm.com/docs/gitattributes
 * @see https://git-scm.com/docs/git-hook
 */
const NAMED: [setting: RegExp, off: readonly string[]][] = [
  [/^(filter\..*)\.(?:clean|smudge|process)$/s, ['clean=', 'smudge=', 'process=', 'required=false']],
  [/^(diff\..*)\.(?:command|textconv)$/s, ['command=', 'textconv=']],
  [/^(merge\..*)\.driver$/s, ['driver=']],
  [/^(hook\..*)\.(?:command|event)$/s, ['enabled=false']],
];

/**
 * @param git that runs in the repository
 * @returns git that starts none of the programs that the repository's own settings name. Those of the user's settings,
 *   such as git-lfs, stay.
 * @throws PublishError where one of them cannot be switched off
 */
export async function withoutPrograms(git: Git): Promise<Git> {
  const readOnly = git.with(READ_ONLY_ENVIRONMENT, READ_ONLY_SETTINGS);
  const off = new Set((await ownSettings(readOnly)).flatMap(switchedOff));
  return readOnly.with(
    {},
    [...off].flatMap((setting) => ['-c', setting]),
  );
}

/** @returns the names of what is set for this repository only; before Git 2.26, which does not say whose a setting is, of all that is set. */
async function ownSettings(git: Git): Promise<string[]> {
  const list = ['config', '--list', '--includes', '--name-only', '-z'];
  const scoped = await git.ask([...list, '--show-scope']);
  if (scoped === undefined) return git.list(list);
  const entries = scoped.split('\0');
  return entries.filter((_, index) => index % 2 === 1 && ['local', 'worktree'].includes(entries[index - 1]!));
}

function switchedOff(name: string): string[] {
  for (const [setting, off] of NAMED) {
    const part = setting.exec(name)?.[1];
    if (part === undefined) continue;
    // As an argument, a setting's name ends at the first one.
    if (part.includes('='))
      throw new PublishError(
        `the git setting ${name} names a program, and a command that only reads cannot switch it off, as its name has a "="; rename it`,
      );
    return off.map((value) => `${part}.${value}`);
  }
  return [];
}
