/** Packs the built program: `npm run tarball`, or `npm run tarball -- FOLDER`. The same commit gives the same bytes on every machine. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packProgram, tarballName } from '../generator/package/index.js';

const [folder = '.'] = process.argv.slice(2);
try {
  const { manifest, bytes } = await packProgram(join(import.meta.dirname, '..'));
  const name = tarballName(manifest.version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), bytes);
  // As sha512sum writes and checks it.
  writeFileSync(join(folder, 'SHA512SUMS'), `${createHash('sha512').update(bytes).digest('hex')}  ${name}\n`);
  console.log(join(folder, name));
} catch (error) {
  console.error(`tarball: ${(error as Error).message}`);
  process.exitCode = 1;
}
