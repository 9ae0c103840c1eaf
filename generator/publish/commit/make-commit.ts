/** A commit as an object: nothing points to it yet, so until it is landed nothing has happened. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PublishError, wordsOf } from '../git/git.js';
import { runHook } from '../git/hooks.js';
import { isOn } from '../git/settings.js';
import { withoutSpace } from './message.js';
import type { Repository } from '../git/repository.js';
import type { Scratch } from './scratch.js';
import type { Snapshot } from './snapshot.js';

/** How a commit is to be made, beside what git's configuration says. */
export interface CommitOptions {
  /** Name <address>, where it is not who commits. */
  author?: string;
  /** Whether it gets a line Signed-off-by. */
  signoff?: boolean;
}

/** @returns name and address of an author. @throws PublishError where it is none */
export function authorOf(author: string): { name: string; email: string } {
  const [, name, email] = /^\s*([^<>\n]*[^<>\s])\s*<([^<>\s]+)>\s*$/.exec(author) ?? [];
  if (name === undefined || email === undefined)
    throw new PublishError(
      `--author ${author}: expected "Name <address>", such as "Ada Lovelace <ada@example.com>"`,
      'usage',
    );
  return { name, email };
}

/**
 * Makes the commit of a snapshot, with the hooks about its message.
 *
 * @returns its id and its message, as the hooks left it
 * @throws PublishError where a hook refuses, or it cannot be signed
 */
export async function makeCommit(
  repository: Repository,
  scratch: Scratch,
  snapshot: Snapshot,
  parent: string | undefined,
  message: string,
  options: CommitOptions,
): Promise<{ id: string; message: string }> {
  const { git } = repository;
  const file = join(scratch.folder, 'COMMIT_EDITMSG');
  writeFileSync(file, withoutSpace(message));
  if (options.signoff) {
    const who = (await git.run(['var', 'GIT_COMMITTER_IDENT'])).replace(/ \d+ [-+]\d{4}$/, '');
    await git.run([
      'interpret-trailers',
      '--in-place',
      '--if-exists',
      'addIfDifferent',
      '--trailer',
      `Signed-off-by: ${who}`,
      file,
    ]);
  }
  await runHook(repository, 'prepare-commit-msg', [file, 'message'], snapshot.git);
  await runHook(repository, 'commit-msg', [file], snapshot.git);
  const final = withoutSpace(readFileSync(file, 'utf8'));
  if (final === '')
    throw new PublishError('the message is empty, so nothing was committed; the files are generated', 'refused');
  writeFileSync(file, final);
  const author = options.author === undefined ? undefined : authorOf(options.author);
  const env = author && { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email };
  const sign = isOn(await repository.settings(), 'commit.gpgsign') ? ['-S'] : [];
  const { code, out, err } = await git.try(
    [
      '-c',
      'i18n.commitEncoding=UTF-8',
      'commit-tree',
      snapshot.tree,
      ...(parent === undefined ? [] : ['-p', parent]),
      ...sign,
      '-F',
      file,
    ],
    env && { env },
  );
  if (code !== 0)
    throw new PublishError(
      `${sign.length > 0 ? 'the commit could not be signed, as commit.gpgsign asks for' : 'git could not make the commit'}: ${wordsOf(err)}. Nothing was committed; the files are generated.`,
    );
  return { id: out.toString('utf8').trim(), message: final.trimEnd() };
}
