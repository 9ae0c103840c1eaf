/** What a hostile checkout brings, and how it shows that it had an effect. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program that leaves a file where it ran, beside a folder. It passes on what it reads. */
export function tripwire(folder: string): { program: string; sprung: () => boolean; arm: () => void } {
  const [program, mark] = [join(dirname(folder), 'tripwire'), join(dirname(folder), 'sprung')];
  writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\ncat\n`, { mode: 0o755 });
  return { program, sprung: () => existsSync(mark), arm: () => rmSync(mark, { force: true }) };
}
