/** A checkout with a staging folder. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Replacement, replaceFiles } from '../../generator/tree/replace.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { git, SMALL } from '../support/git.js';

export const STAGING = '.registry-gitops.tmp';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Runs with a checkout, and a folder beside it. `untouched` fails where anything in that has changed. */
export async function withVictim(
  check: (checkout: string, victim: string, untouched: () => void) => void,
): Promise<void> {
  await withFolder((folder) => {
    const [checkout, victim] = [join(folder, 'checkout'), join(folder, 'victim')];
    const files: [string, string][] = [
      ['authorized_keys', 'mine\n'],
      ['keep', 'mine too\n'],
      ['redis/keep', 'and this\n'],
    ];
    writeFiles(victim, files);
    writeFiles(checkout, [['registry.yaml', SMALL]]);
    git(checkout, 'init', '--quiet', '--initial-branch=main');
    check(checkout, victim, () => assert.equal(readFiles(victim), Object.fromEntries(files)));
  });
}

export function leaveBehind(checkout: string, journal: unknown): void {
  writeFiles(checkout, [
    [`${STAGING}/0`, 'staged\n'],
    [`${STAGING}/journal.json`, JSON.stringify(journal)],
  ]);
}

/** Carries out a replacement as the committing process does, which moves into folders. */
export function replace(replacement: Omit<Replacement, 'last'>): void {
  const folder = process.cwd();
  try {
    replaceFiles({ ...replacement, last: [] });
  } finally {
    process.chdir(folder);
  }
}
