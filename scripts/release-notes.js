/** Prints the part of CHANGELOG.md that is about a version: node scripts/release-notes.js 1.2.3. Plain JavaScript, as nothing is installed yet. */
import { readFileSync } from 'node:fs';

const [version = ''] = process.argv.slice(2);
const parts = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')
  .split(/^## /m)
  .slice(1);
const part = parts.find((text) => text.split(/[\s(]/)[0] === version);
const notes = part?.slice(part.indexOf('\n')).trim();
if (notes) {
  console.log(notes);
} else {
  console.error(`CHANGELOG.md has no part "## ${version}"; call "## Unreleased" that`);
  process.exitCode = 1;
}
