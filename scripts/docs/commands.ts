/** The commands and their options, as the program's own --help has them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../dist/registry-gitops.js');

/** @returns a section for each command: what it does, how it is called, its options. @throws Error where the program is not built */
export function commandSections(): string {
  const overview = help();
  const names = [...overview.matchAll(/^ {2}\$ registry-gitops (\w+) --help$/gm)].map(([, name]) => name!);
  return names.map((name) => section(name, overview)).join('');
}

function section(name: string, overview: string): string {
  const [, usage, about] = new RegExp(`^ {2}(${name}(?: [<[].*?[>\\]])*) {2,}(.*)$`, 'm').exec(overview)!;
  const rows = [...help(name).matchAll(/^ {2}(?:-\w, )?(--.+?) {2,}(.+?) *$/gm)]
    .filter(([, option]) => option !== '--help')
    .map(([, option, what]) => `| \`${option}\` | ${cell(what!)} |`);
  return [
    '',
    `### ${name}`,
    '',
    `\`${usage}\`: ${cell(about!)}.`,
    '',
    '| option | what it does |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** A `<word>` in a sentence is no HTML. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function help(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args, '--help'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${PROGRAM} --help: ${stderr}; run npm run bundle`);
  return stdout;
}
