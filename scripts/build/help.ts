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
