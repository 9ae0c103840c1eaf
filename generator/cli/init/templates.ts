/** The files that `init` writes as they are in generator/init, but for what depends on the folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALLED } from '../../package/index.js';

const SCHEMA = 'schemas/registry.schema.json';
/** Put beside the program when it is bundled. */
const TEMPLATES = join(import.meta.dirname, 'init');

interface Template {
  /** Where it is written. */
  path: string;
  /** Its name among the templates. */
  from: string;
  /** Whether git has to be able to run it. */
  executable?: boolean;
  /** Whether it works at the top of a repository only. */
  top?: boolean;
}

export const FILES: readonly Template[] = [
  { path: 'README.md', from: 'README.md' },
  { path: '.gitignore', from: 'gitignore' },
  { path: '.gitattributes', from: 'gitattributes' },
  { path: '.githooks/pre-commit', from: 'pre-commit', executable: true, top: true },
  { path: '.github/workflows/registry.yaml', from: 'workflow.yaml', top: true },
  { path: '.github/actions/registry-gitops/action.yml', from: 'action.yml', top: true },
  { path: 'renovate.json', from: 'renovate.json', top: true },
];

/** @returns a template's text, with the parts that are for a folder. @param folder in its repository; empty: the top */
export function fill(text: string, folder: string): string {
  return text
    .replace(/<!-- top -->\n([^]*?)<!-- below -->\n([^]*?)<!-- end -->\n/g, folder === '' ? '$1' : '$2')
    .replaceAll('{{folder}}', () => folder);
}

/** @returns the text of a template of this program. */
export function template(name: string): string {
  return readFileSync(join(TEMPLATES, name), 'utf8');
}

/** @returns the registry.yaml to start from. */
export function registryYaml(folder: string): string {
  const schema = existsSync(join(folder, SCHEMA)) ? `./${SCHEMA}` : `./${INSTALLED}/${SCHEMA}`;
  return `# yaml-language-server: $schema=${schema}\n${template('registry.yaml')}`;
}
