/** git's settings, asked once: a start of git costs more than what it says. */
import type { Git } from './git.js';

/** Values by name, the last one that is set. Sections and keys are in lower case. */
export type Settings = ReadonlyMap<string, string>;

/** @returns all settings that hold in a repository: the machine's, the user's and its own. */
export async function readSettings(git: Git): Promise<Settings> {
  const entries = (await git.run(['config', '--list', '--includes', '-z'])).split('\0').filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf('\n');
      // Without a value, a setting is on.
      return end === -1 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}

/** @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-boolean */
export function isOn(settings: Settings, name: string): boolean {
  const value = settings.get(name) ?? '';
  return /^(true|yes|on)$/i.test(value) || /^[-+]?\d*[1-9]\d*[kmg]?$/i.test(value);
}
