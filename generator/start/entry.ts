#!/usr/bin/env node
/** What npm starts: prints what was made when the program was built, and loads the program for everything else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settledOutput } from '../memory/settled.js';
import { print } from './print.js';

/** @returns what the program would print for a command line that asks for its version, or how to use it; undefined for any other */
function preparedText([first = '', second, ...others]: string[]): string | undefined {
  if (others.length > 0) return undefined;
  if (second === undefined && ['--version', '-v'].includes(first)) return versionText();
  if (second === undefined ? !isHelp(first) : !isHelp(second)) return undefined;
  const texts = JSON.parse(readFileSync(join(__dirname, 'help.json'), 'utf8')) as Record<string, string>;
  const command = second === undefined ? '' : first;
  return Object.hasOwn(texts, command) ? texts[command] : undefined;
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h';
}

function versionText(): string {
  const { platform, arch, version } = process;
  return `registry-gitops/${process.env['REGISTRY_GITOPS_VERSION']} ${platform}-${arch} node-${version}\n`;
}

/** @returns what `generate` prints where nothing has changed; undefined where it has more to do, or npm took an option of it */
function settledText(args: string[]): string | undefined {
  if (args.length !== 1 || args[0] !== 'generate') return undefined;
  const isByNpm = process.env['npm_lifecycle_event'] === 'generate';
  const options = (process.env['REGISTRY_GITOPS_GENERATE_OPTIONS'] ?? '').split(' ');
  if (isByNpm && options.some((name) => process.env[`npm_config_${name}`])) return undefined;
  return settledOutput(process.env['REGISTRY_GITOPS_BUILD']!);
}

const args = process.argv.slice(2);
const text = preparedText(args) ?? settledText(args);
// Not sooner: the loader asks Node for modules that take as long as all else here.
if (text === undefined || !print(text)) void import('./load-part.js').then(({ loadPart }) => loadPart('main.js'));
