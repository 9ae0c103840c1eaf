import { commandLine } from '../../generator/cli/command-line.js';

/** @returns what --help prints, by command; of the program itself under the empty name */
export function helpTexts(version: string): Record<string, string> {
  const names = ['', ...commandLine(() => {}, version).commands.map(({ name }) => name)];
  return Object.fromEntries(names.map((name) => [name, helpOf(name, version)]));
}

function helpOf(name: string, version: string): string {
  const print = console.info;
  const lines: string[] = [];
  console.info = (text: string) => void lines.push(`${text}\n`);
  try {
    commandLine(() => {}, version).parse(['node', 'registry-gitops', ...(name ? [name] : []), '--help'], {
      run: false,
    });
  } finally {
    console.info = print;
  }
  return lines.join('');
}

/** @returns the variables npm_config_NAME that npm makes of options of `generate`, where the -- before them is forgotten: NAME by NAME */
export function generateOptions(): string {
  const command = commandLine(() => {}).commands.find(({ name }) => name === 'generate')!;
  const flags = command.options.map(({ rawName }) => rawName.split(' ')[0]!.slice(2));
  return flags
    .map((flag) => flag.replaceAll('-', '_'))
    .filter((name) => !SET_BY_NPM.has(name))
    .join(' ');
}

/** Options that npm has too, and sets by itself. */
const SET_BY_NPM = new Set(['cache', 'no_cache', 'force', 'json']);
