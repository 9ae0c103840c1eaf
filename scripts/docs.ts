/** Writes what the pages in docs/ derive from schemas, code and the shipped tree: npm run docs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { clientSections } from './docs/clients.js';
import { commandSections } from './docs/commands.js';
import { healthChecks, jobTable, podTable } from './docs/costs.js';
import { fieldTable } from './docs/fields.js';
import { peerTable } from './docs/peers.js';
import { drawLayers } from './docs/picture.js';
import { ruleText } from './docs/rules.js';

const root = join(import.meta.dirname, '..');

/** Sections between `<!-- NAME: ... -->` and `<!-- /NAME -->`, by file. */
const SECTIONS: Record<string, Record<string, () => string>> = {
  'docs/background/costs.md': { pods: podTable, jobs: jobTable, health: healthChecks },
  'docs/how-to/clients.md': { clients: clientSections },
  'docs/reference/commands.md': { commands: commandSections },
  'docs/reference/registry-yaml.md': { fields: fieldTable },
  'docs/reference/checks.md': {
    references: () => ruleText('reference'),
    safety: () => ruleText('safety'),
    schemas: () => ruleText('schema'),
    peers: peerTable,
  },
};

/** Files that are derived as a whole. */
const FILES: Record<string, () => string> = {
  'docs/images/base-and-overlays.svg': drawLayers,
};

/** @returns each file with its sections as they must be. */
export function derivedFiles(): { path: string; text: string }[] {
  const pages = Object.entries(SECTIONS).map(([file, sections]) => {
    let text = readFileSync(join(root, file), 'utf8');
    for (const [name, content] of Object.entries(sections)) text = withSection(text, name, content(), file);
    return { path: join(root, file), text };
  });
  return [...pages, ...Object.entries(FILES).map(([file, content]) => ({ path: join(root, file), text: content() }))];
}

function withSection(text: string, name: string, content: string, file: string): string {
  const section = new RegExp(`(<!-- ${name}: [^>]* -->\n)[^]*?(<!-- /${name} -->)`);
  if (!section.test(text)) throw new Error(`${file} has lost the marks of its section ${name}`);
  return text.replace(section, (_, begin: string, end: string) => `${begin}${content}${end}`);
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of derivedFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
