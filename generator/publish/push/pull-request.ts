/** A pull request for a branch that was pushed, opened by GitHub's own program where there is one. */
import { PublishError } from '../git/git.js';
import type { Repository } from '../git/repository.js';
import type { Target } from './remote.js';
import { shortName } from '../git/ref-names.js';

/** Opened, or how it can be. */
export type PullRequest = { url: string } | { command: string; page: string | undefined };

/** Milliseconds that gh has. */
const PATIENCE = 60_000;

/**
 * @param base branch that it is to go into; undefined: the repository's default
 * @returns its address, of one that is open already too; or, without gh, the ways to open it
 * @throws PublishError where gh refuses
 */
export async function openPullRequest(
  { git }: Repository,
  target: Target,
  message: string,
  base: string | undefined,
): Promise<PullRequest> {
  const [subject, ...rest] = message.split('\n');
  const branch = shortName(target.ref);
  const args = [
    'pr',
    'create',
    '--head',
    branch,
    ...(base === undefined ? [] : ['--base', base]),
    '--title',
    subject!,
    '--body',
    rest.join('\n').trim(),
  ];
  const page = pageOf(target, base);
  let result;
  try {
    result = await git.try(
      args,
      { env: { GH_PROMPT_DISABLED: '1', GH_NO_UPDATE_NOTIFIER: '1' }, timeout: PATIENCE, forOthers: true },
      'gh',
    );
  } catch {
    return { command: `gh pr create --head ${branch}${base === undefined ? '' : ` --base ${base}`} --fill`, page };
  }
  const url = /https:\/\/\S+/.exec(
    `${result.out.toString('utf8')}\n${result.code !== 0 && /already exists/.test(result.err) ? result.err : ''}`,
  )?.[0];
  if (url !== undefined) return { url };
  throw new PublishError(
    `the commit is pushed to ${branch}, but gh opened no pull request: ${result.code === -1 ? `no answer within ${PATIENCE / 1000} s` : result.err.trim()}${page ? `\nOpen it at ${page}` : ''}`,
  );
}

/** @returns GitHub's page for a new pull request; undefined where the remote is not GitHub. */
function pageOf({ ref, url }: Target, base: string | undefined): string | undefined {
  const [, host, path] =
    /^(?:https:\/\/|ssh:\/\/git@|git@|ssh:\/\/)(github\.[^/:]+|[^/:]*\.ghe\.com)(?::\d+)?[/:](.+?)(?:\.git)?\/?$/.exec(
      url,
    ) ?? [];
  return host && `https://${host}/${path}/compare/${base === undefined ? '' : `${base}...`}${shortName(ref)}?expand=1`;
}
