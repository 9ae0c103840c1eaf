/** A process that watches. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { spawn } from 'node:child_process';
import { until } from '../support/processes.js';

interface Watch {
  folder: string;
  log: () => string;
  /** Waits until what is printed says something once more than before. */
  says: (text: string, times?: number) => Promise<void>;
  interrupt: () => Promise<number | null>;
}

/** Starts `watch` in a folder with some files, and ends it whatever happens. @param links path -> where it leads @param begun what it says before the check */
export const watching =
  (
    files: Record<string, string>,
    check: (watch: Watch) => Promise<void>,
    {
      links = {},
      args = [],
      begun = 'Ctrl-C ends',
    }: { links?: Record<string, string>; args?: string[]; begun?: string } = {},
  ) =>
  () =>
    withFolder(async (folder) => {
      writeFiles(folder, Object.entries(files));
      // Of a repository, as elsewhere no link is followed.
      mkdirSync(join(folder, '.git'));
      for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder, path));
      const child = spawn(process.execPath, [PROGRAM, 'watch', ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
      const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
      const says = (what: string, times = 1): Promise<void> =>
        until(
          `"${what}" ${times} times`,
          () => text.split(what).length > times,
          60_000,
          () => text,
        );
      const interrupt = (): Promise<number | null> => {
        child.kill('SIGINT');
        return exited;
      };
      try {
        await says(begun);
        await check({ folder, log: () => text, says, interrupt });
      } finally {
        child.kill('SIGKILL');
        await exited;
      }
    });
