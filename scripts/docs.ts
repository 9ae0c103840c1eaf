/** Writes what the pages in docs/ derive from schemas and code: npm run docs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldTable } from './docs/fields.js';
import { peerTable } from './docs/peers.js';
import { ruleText } from './docs/rules.js';

const root = join(import.meta.dirname, '..');

/** Sections between `<!-- NAME: ... -->` and `<!-- /NAME -->`, by file. */
const SECTIONS: Record<string, Record<string, () => string>> = {
  'docs/reference/registry-yaml.md': { fields: fieldTable },
  'docs/reference/checks.md': {
    references: () => ruleText('reference'),
    safety: () => ruleText('safety'),
    schemas: () => ruleText('schema'),
    peers: peerTable,
  },
};

/** @returns each file with its sections as they must be. */
export function derivedFiles(): { path: string; text: string }[] {
  return Object.entries(SECTIONS).map(([file, sections]) => {
    const path = join(root, file);
    let text = readFileSync(path, 'utf8');
    for (const [name, content] of Object.entries(sections)) text = withSection(text, name, content(), file);
    return { path, text };
  });
}

function withSection(text: string, name: string, content: string, file: string): string {
  const section = new RegExp(`(<!-- ${name}: [^>]* -->\n)[^]*?(<!-- /${name} -->)`);
  if (!section.test(text)) throw new Error(`${file} has lost the marks of its section ${name}`);
  return text.replace(section, (_, begin: string, end: string) => `${begin}${content}${end}`);
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of derivedFiles()) writeFileSync(path, text);
}
