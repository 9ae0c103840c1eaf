/** Commands that a user copies into a shell. */

/** @returns a word as a POSIX shell takes it: in quotes where it holds more than plain characters */
export function quote(word: string): string {
  return /^[\w./:@=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
