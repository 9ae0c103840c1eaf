/** The package.json of a repository that `init` starts. */

import { PACKAGE } from './own-package.js';

/** Commands that are scripts there: `npm run check`. */
export const SCRIPTS = [
  'generate',
  'check',
  'validate',
  'build',
  'diff',
  'commit',
  'watch',
  'promote',
  'explain',
  'htpasswd',
  'clients',
] as const;

type Fields = Record<string, unknown>;

/**
 * @param before the text that is there; undefined: none
 * @param specifier where npm finds registry-gitops, as package.json has it
 * @returns the text to be there, the scripts that it got, and whether registry-gitops was a dependency before
 * @throws Error where the text that is there is none of a package
 */
export function packageJson(
  before: string | undefined,
  specifier: string,
): { text: string; added: string[]; has: boolean } {
  const read = before === undefined ? { private: true } : parsed(before);
  const scripts = (read['scripts'] ?? {}) as Fields;
  const added = SCRIPTS.filter((name) => !(name in scripts));
  const has = ['dependencies', 'devDependencies'].some((field) => PACKAGE in ((read[field] ?? {}) as Fields));
  if (added.length === 0 && has) return { text: before!, added: [], has };
  const whole = {
    ...read,
    scripts: { ...scripts, ...Object.fromEntries(added.map((name) => [name, `registry-gitops ${name}`])) },
    ...(has ? {} : { devDependencies: { ...((read['devDependencies'] ?? {}) as Fields), [PACKAGE]: specifier } }),
  };
  const indent = /^[ \t]+(?=")/m.exec(before ?? '')?.[0] ?? '  ';
  return { text: `${JSON.stringify(whole, null, indent)}\n`, added: before === undefined ? [] : [...added], has };
}

function parsed(text: string): Fields {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object');
  return value as Fields;
}
