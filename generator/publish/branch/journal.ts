/** What a run is about to do to the branch, for the run after it, should it be killed in the middle. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFile } from '../../tree/index.js';
import { PublishError } from '../git/git.js';
import { isRef } from '../git/ref-names.js';
import type { Target } from '../push/remote.js';
import type { Repository } from '../git/repository.js';
import { scratchFolder } from '../commit/scratch.js';

/** A commit that a branch is to move to. */
export interface Landing {
  /** Full name of the branch; null: a detached HEAD. */
  ref: string | null;
  /** Where it is; null: nothing was committed yet. */
  old: string | null;
  new: string;
  /** The commit that stands in the folder: the new one, or the one from before the remote moved. */
  onDisk: string;
  /** Paths that change, with their entries in the index as they were: "mode id", or empty. */
  entries: Record<string, string>;
  /** Whether the remote has it already. */
  pushed: boolean;
  /** Where it is being pushed to: a kill leaves it open whether it got there. */
  pushing?: Target;
}

/** A switch to another branch of the same commit, which is taken back unless a commit follows. */
export interface Switch {
  /** Branch that HEAD was on; null: detached. */
  from: string | null;
  to: string;
  /** The commit of both; null: there is none yet. */
  commit: string | null;
  /** Whether the branch was made for it. */
  made: boolean;
}

export interface Journal {
  landing?: Landing;
  switched?: Switch;
}

const journalFile = (repository: Repository): string => join(scratchFolder(repository), 'journal.json');

/** Keeps what is about to be done, wholly or not at all. @throws PublishError where it cannot be written */
export function writeJournal(repository: Repository, journal: Journal): void {
  const file = journalFile(repository);
  try {
    rmSync(`${file}.new`, { force: true });
    writeFileSync(`${file}.new`, JSON.stringify(journal), { flag: 'wx' });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new PublishError(`git's folder cannot be written: ${(error as Error).message}. Nothing was committed.`);
  }
}

/** @returns what an earlier run was about to do; nothing where it came to its end, or where no run can have written it. */
export function readJournal(repository: Repository): Journal {
  try {
    const journal = JSON.parse(readRegularFile(journalFile(repository)).toString('utf8')) as Journal;
    return isJournal(journal) ? journal : {};
  } catch {
    return {};
  }
}

/** git's folder may have come in an archive: what stands in it goes to git as arguments. */
function isJournal({ landing, switched }: Journal): boolean {
  return (landing === undefined || isLanding(landing)) && (switched === undefined || isSwitch(switched));
}

function isLanding({ ref, old, new: commit, onDisk, entries, pushed, pushing }: Landing): boolean {
  return (
    (ref === null || isRef(ref)) &&
    (old === null || isId(old)) &&
    isId(commit) &&
    isId(onDisk) &&
    Object.values(entries).every((entry) => typeof entry === 'string') &&
    typeof pushed === 'boolean' &&
    (pushing === undefined || isTarget(pushing))
  );
}

function isTarget({ remote, name, ref, url }: Target): boolean {
  return [remote, name, url].every((text) => typeof text === 'string' && !text.startsWith('-')) && isRef(ref);
}

function isSwitch({ from, to, commit, made }: Switch): boolean {
  return (from === null || isRef(from)) && isRef(to) && (commit === null || isId(commit)) && typeof made === 'boolean';
}

/** Whether a text is the full name of an object, in either of git's two lengths. */
function isId(text: unknown): boolean {
  return typeof text === 'string' && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Says that all is done, or taken back. */
export function clearJournal(repository: Repository): void {
  rmSync(journalFile(repository), { force: true });
}
