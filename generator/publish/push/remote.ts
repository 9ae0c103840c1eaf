/** The remote: what it is, what it has, and giving it a commit. Never by force. */
import { type FaultKind, PublishError, withoutLogins, wordsOf } from '../git/git.js';
import { clearLock } from '../git/stale-locks.js';
import type { Repository } from '../git/repository.js';
import { shortName } from '../git/ref-names.js';

/** Where a branch is pushed to. */
export interface Target {
  /** As git is instructed: a name, or a URL, which may hold a password. */
  remote: string;
  /** The same, for people: without a password. */
  name: string;
  /** Full name of the branch there. */
  ref: string;
  /** As git has it, without a password. */
  url: string;
}

/** Whether the remote has the commit is not known. */
export class NoAnswer extends PublishError {}

/** Keeps what was fetched from being collected; each working tree has its own, and one run at a time uses it. */
const FETCHED = 'refs/worktree/registry-gitops';

/**
 * @param ref full name of the branch here; undefined: HEAD is detached
 * @returns where git would push it
 * @throws PublishError where there is no branch, no remote, or more than one and none is chosen
 */
export async function targetOf({ git }: Repository, ref: string | undefined): Promise<Target> {
  if (ref === undefined)
    throw new PublishError(
      '--push: HEAD is detached, so there is no branch to push to; name one: --branch NAME. Nothing was written.',
      'usage',
    );
  const branch = shortName(ref);
  const config = (key: string): Promise<string | undefined> => git.ask(['config', key]);
  const remotes = (await git.run(['remote'])).split('\n').filter(Boolean);
  const upstream = await config(`branch.${branch}.remote`);
  const chosen =
    (await config(`branch.${branch}.pushRemote`)) ??
    (await config('remote.pushDefault')) ??
    upstream ??
    (remotes.includes('origin') ? 'origin' : remotes.length === 1 ? remotes[0] : undefined);
  if (chosen === undefined)
    throw new PublishError(
      remotes.length === 0
        ? '--push: there is no remote; `git remote add origin URL` first. Nothing was written.'
        : `--push: there are several remotes (${remotes.join(', ')}); choose one: git config branch.${branch}.pushRemote ${remotes[0]}. Nothing was written.`,
      'usage',
    );
  const merge = chosen === upstream ? await config(`branch.${branch}.merge`) : undefined;
  const url = (await git.ask(['remote', 'get-url', '--push', '--', chosen])) ?? chosen;
  return { remote: chosen, name: withoutLogins(chosen), ref: merge ?? ref, url: withoutLogins(url) };
}

/**
 * Gives the remote a commit.
 *
 * @param seconds after which it is given up
 * @returns undefined where the remote took it; what it said where its branch has moved, or is locked just then
 * @throws PublishError where it refuses, or cannot be reached
 */
export async function push(
  { git }: Repository,
  { remote, name, ref, url }: Target,
  commit: string,
  seconds: number,
): Promise<string | undefined> {
  const { code, out, err } = await git.try(['push', '--porcelain', '--', remote, `${commit}:${ref}`], {
    timeout: seconds * 1000,
    forOthers: true,
    env: { LANGUAGE: 'en' },
  });
  if (code === 0) return undefined;
  if (code === -1)
    throw new NoAnswer(
      `${name} (${url}) did not answer within ${seconds} s, so it is not known whether it has the commit; run again, which finds out. The repository here is as it was; the files are generated.`,
    );
  const verdict = /^!\t[^\t]*\t(.*)$/m.exec(out.toString('utf8'))?.[1] ?? '';
  const said = [wordsOf(err), out.toString('utf8')]
    .flatMap((text) => text.split('\n'))
    .filter((line) => line !== '' && !/^To |^hint: |^Done$|failed to push some refs|^.\t/.test(line))
    .join('\n');
  const words = [verdict, said].filter(Boolean).join('\n');
  if (isBusy(verdict, said)) return words;
  const [kind, advice]: [FaultKind, string] =
    verdict !== ''
      ? ['refused', 'Where the branch is protected, commit on another: --branch NAME, with --pull-request.']
      : code !== REJECTED
        ? ['repository', 'Restore the connection to the remote, then run again.']
        : ['refused', 'The hook pre-push runs first: correct what it reports, then run again.'];
  throw new PublishError(
    `${name} (${url}) rejected the commit: ${words}\nThe repository here is as it was; the files are generated. ${advice}`,
    kind,
  );
}

/** Exit code of a git push that came as far as being refused. */
const REJECTED = 1;

/** Of a branch that several push to, the remote says it in these ways: it has moved, it moves just now, somebody was faster. */
function isBusy(verdict: string, said: string): boolean {
  if (
    /^\[rejected\] \((fetch first|non-fast-forward|stale info|needs force)\)|^\[remote rejected\] \((incorrect old value provided|fetch first|reference already exists)/.test(
      verdict,
    )
  )
    return true;
  return (
    /^\[remote rejected\] \((failed to update ref|cannot lock ref|failed to lock)/.test(verdict) &&
    !LASTING.test(`${verdict}\n${said}`)
  );
}

/** Why a branch cannot be written, now or later: a/b where there is a branch a, or the remote's own disk. */
const LASTING = /; cannot create|Permission denied|No space left|Read-only file system|quota exceeded/;

/**
 * Fetches the branch of a remote, and leaves what is known of the remote elsewhere to git.
 *
 * @returns its commit; undefined where there is no such branch
 * @throws PublishError where the remote cannot be reached
 */
export async function fetchTip(
  { git }: Repository,
  { remote, name, ref, url }: Target,
  seconds: number,
): Promise<string | undefined> {
  await clearLock(git, FETCHED);
  const { code, err } = await git.try(
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      '--no-auto-maintenance',
      '--',
      remote,
      `+${ref}:${FETCHED}`,
    ],
    { timeout: seconds * 1000 },
  );
  if (code !== 0) {
    if (/couldn't find remote ref/.test(err)) return undefined;
    throw new PublishError(
      `${name} (${url}) cannot be fetched: ${code === -1 ? `no answer within ${seconds} s` : wordsOf(err)}. The repository here is as it was; the files are generated.`,
    );
  }
  const tip = await git.run(['rev-parse', FETCHED]);
  await git.try(['update-ref', '-d', FETCHED], { detached: true });
  return tip;
}

/** @returns the ref by which git usually remembers the branch of a remote. */
export function trackingRef({ remote, ref }: Target): string {
  return `refs/remotes/${remote}/${shortName(ref)}`;
}

/** @throws PublishError where a pull request would be from the branch that it is to go into: it would be pushed to without one */
export async function refuseDefaultBranch(
  { git }: Repository,
  { remote, name, ref }: Target,
  seconds: number,
): Promise<void> {
  const { out } = await git.try(['ls-remote', '--symref', '--', remote, 'HEAD'], { timeout: seconds * 1000 });
  const [, byDefault] = /^ref: (\S+)\tHEAD$/m.exec(out.toString('utf8')) ?? [];
  if (byDefault === ref)
    throw new PublishError(
      `--pull-request: ${shortName(ref)} is the branch of ${name} that pull requests go into; name another for the commit: --branch NAME. Nothing was written.`,
      'usage',
    );
}

/**
 * @param here commit that the branch would be made at
 * @param tree of the commit that it would get: what is that already may come of a run that was cut off
 * @throws PublishError where a branch that is new here has other commits on the remote
 */
export async function refuseOthersBranch(
  repository: Repository,
  target: Target,
  here: string | undefined,
  tree: string,
  seconds: number,
): Promise<void> {
  const tip = await fetchTip(repository, target, seconds);
  if (tip === undefined || (here !== undefined && (await isAncestor(repository, tip, here)))) return;
  if ((await repository.git.run(['rev-parse', `${tip}^{tree}`])) === tree) return;
  const branch = shortName(target.ref);
  throw new PublishError(
    `${target.name} has a branch ${branch} already, with other commits; git fetch ${target.name} && git switch ${branch} first, or use another name. Nothing was committed; the files are generated.`,
    'refused',
  );
}

/** @returns whether one commit is in the history of another. */
export async function isAncestor({ git }: Repository, one: string, other: string): Promise<boolean> {
  return (await git.try(['merge-base', '--is-ancestor', one, other])).code === 0;
}

/** Lets `git pull` know where a new branch comes from. */
export async function rememberUpstream({ git }: Repository, ref: string, target: Target): Promise<void> {
  const branch = shortName(ref);
  if ((await git.ask(['config', `branch.${branch}.remote`])) !== undefined) return;
  await git.try(['config', `branch.${branch}.remote`, target.remote], { detached: true });
  await git.try(['config', `branch.${branch}.merge`, target.ref], { detached: true });
}
