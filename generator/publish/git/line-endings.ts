/** Ends of lines: the tree has LF, in the commit and in the folder; a checkout may make CRLF of it. */
import type { Repository } from './repository.js';

/** @returns whether git's settings and attributes would give these files CRLF at the next checkout. See https://git-scm.com/docs/gitattributes#_end_of_line_conversion */
export async function crlfAhead({ git, settings }: Repository, paths: readonly string[]): Promise<boolean> {
  const parts = (await git.run(['check-attr', '-z', '--stdin', 'text', 'eol'], { input: paths.join('\0') })).split(
    '\0',
  );
  const known = await settings();
  const [autocrlf, eol] = ['core.autocrlf', 'core.eol'].map((name) => known.get(name));
  const values = new Map<string, Record<string, string>>();
  for (let at = 0; at + 2 < parts.length; at += 3)
    values.set(parts[at]!, { ...values.get(parts[at]!), [parts[at + 1]!]: parts[at + 2]! });
  return [...values.values()].some(({ text, eol: own }) => {
    if (text === 'unset') return false;
    if (own === 'lf' || own === 'crlf') return own === 'crlf';
    return autocrlf === 'true' || (text !== 'unspecified' && autocrlf !== 'input' && eol === 'crlf');
  });
}
