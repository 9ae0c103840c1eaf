import { writeSync } from 'node:fs';

/**
 * Prints without the stream, which takes Node longer to make than to print.
 *
 * @returns whether the text was printed; where it was not, nothing was
 */
export function print(text: string): boolean {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written);
  } catch {
    if (written === 0) return false;
    // The reader of a pipe is slower.
    process.stdout.write(bytes.subarray(written));
  }
  return true;
}
