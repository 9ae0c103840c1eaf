/** Translates the collector's programs to JavaScript as people read it: comments and empty lines stay, types go. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const folder = join(import.meta.dirname, '../../generator/collector');
/** The compiler drops empty lines, and keeps comments. */
const EMPTY = '//empty';

/** @returns file name -> text. */
export function compileCollector(): Record<string, string> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.mts'))
    .sort();
  return Object.fromEntries(names.map((name) => [name.replace(/\.mts$/, '.mjs'), translate(name)]));
}

function translate(name: string): string {
  const source = readFileSync(join(folder, name), 'utf8').replace(/^$/gm, EMPTY);
  const { outputText } = ts.transpileModule(source, {
    fileName: name,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: false,
    },
  });
  return (
    outputText
      .split('\n')
      // Four spaces are the compiler's, two are ours.
      .map((line) => line.replace(/^( {4})+/, (indent) => indent.slice(indent.length / 2)).trimEnd())
      .map((line) => (line.trim() === EMPTY ? '' : line))
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .replace(/^\n+|\n+$/g, '') + '\n'
  );
}
