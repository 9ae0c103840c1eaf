/** Inputs that both sides changed: git merges their lines, and the generator says whether the result makes sense. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PublishError, wordsOf } from '../git/git.js';
import { quoted, type Repository } from '../git/repository.js';
import type { Scratch } from '../commit/scratch.js';

/** One side's files: path from the top -> contents. */
export type Side = ReadonlyMap<string, Uint8Array>;

/**
 * @param base as both sides had them
 * @param ours as they stand in the folder
 * @param theirs as the remote has them
 * @param remote for the message
 * @returns the inputs with both sides' changes
 * @throws PublishError where both changed the same lines
 */
export async function mergeInputs(
  repository: Repository,
  scratch: Scratch,
  base: Side,
  ours: Side,
  theirs: Side,
  remote: string,
): Promise<Map<string, Uint8Array>> {
  const merged = new Map<string, Uint8Array>();
  for (const [path, own] of ours) {
    const [before, other] = [base.get(path), theirs.get(path)];
    if (same(own, other) || same(before, other)) merged.set(path, own);
    else if (same(before, own)) {
      if (other) merged.set(path, other);
    } else merged.set(path, await mergeFile(repository, scratch, path, before ?? new Uint8Array(), own, other, remote));
  }
  return merged;
}

function same(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;
}

async function mergeFile(
  { git }: Repository,
  scratch: Scratch,
  path: string,
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array | undefined,
  remote: string,
): Promise<Uint8Array> {
  const hint = `Take over what ${remote} has: git stash && git pull --rebase && git stash pop. Then resolve ${path} alone (the tree is generated), git add ${quoted(path)}, run again, and git stash drop. The repository here is as it was.`;
  if (theirs === undefined)
    throw new PublishError(`${path}:1:1: it is changed here, and ${remote} has removed it. ${hint}`, 'refused');
  const files = [ours, base, theirs].map((bytes, index) => {
    const file = join(scratch.folder, `merge-${index}`);
    writeFileSync(file, bytes);
    return file;
  });
  const { code, out, err } = await git.try(['merge-file', '-p', '-L', 'ours', '-L', 'base', '-L', 'theirs', ...files]);
  if (code === 0) return out;
  // 255 says that it failed; less is the number of conflicts.
  if (code > 127 || code < 0)
    throw new PublishError(`${path} cannot be merged with what ${remote} has: ${wordsOf(err)}. ${hint}`, 'refused');
  throw new PublishError(
    `${path}:${lineOfConflict(out.toString('utf8'), Buffer.from(ours).toString('utf8'))}:1: the same lines are changed here, and by others on ${remote}. ${hint}`,
    'refused',
  );
}

/** @returns the line of the first conflict, as our own file counts. */
function lineOfConflict(merged: string, ours: string): number {
  const conflict = /^<{7} ours\r?\n([^]*?)^={7}\r?$/m.exec(merged);
  const found = conflict?.[1] ? ours.indexOf(conflict[1]) : -1;
  return found < 0 ? 1 : ours.slice(0, found).split('\n').length;
}
