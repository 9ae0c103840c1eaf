/** The package.json of a repository that carries its own generator. */
import { type Fields, fieldsOf, jsonText, PACKAGE, parseFields } from './manifest.js';

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

const KINDS = ['devDependencies', 'dependencies'] as const;

/** @returns what a package.json says where this program is from, such as file:tools/registry-gitops-cli-1.2.3.tgz; undefined if it does not name it. */
export function specOf(fields: Fields): string | undefined {
  return KINDS.map((kind) => fieldsOf(fields, kind)[PACKAGE]).find((spec) => typeof spec === 'string');
}

/** @returns a package.json for a repository that has none. */
export function newPackageJson(spec: string): string {
  return jsonText({ name: 'registry', private: true, ...withSpec({ scripts: ownScripts(SCRIPTS) }, spec) });
}

/**
 * @param before text of the package.json that is there
 * @param spec where the program is from, if it does not say so yet
 * @returns the text to be there, and the scripts that were added
 * @throws Error if the text is not a package.json
 */
export function completePackageJson(before: string, spec: string): { text: string; added: string[] } {
  const fields = parseFields(before);
  const scripts = fieldsOf(fields, 'scripts');
  const added = SCRIPTS.filter((name) => !(name in scripts));
  const isNamed = specOf(fields) !== undefined;
  if (added.length === 0 && isNamed) return { text: before, added: [] };
  const whole = { ...fields, scripts: { ...scripts, ...ownScripts(added) } };
  return { text: jsonText(isNamed ? whole : withSpec(whole, spec), before), added: [...added] };
}

/** @returns the fields with another place that the program is from; as a new one in devDependencies. */
function withSpec(fields: Fields, spec: string): Fields {
  const kind = KINDS.find((name) => PACKAGE in fieldsOf(fields, name)) ?? 'devDependencies';
  return { ...fields, [kind]: { ...fieldsOf(fields, kind), [PACKAGE]: spec } };
}

function ownScripts(names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, `registry-gitops ${name}`]));
}
