/** The package.json of a repository that `init` starts. */

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
 * @param version of registry-gitops, which is named exactly
 * @returns the text to be there, and the scripts that it got
 * @throws Error where the text that is there is none of a package
 */
export function packageJson(before: string | undefined, version: string): { text: string; added: string[] } {
  const read = before === undefined ? { private: true } : parsed(before);
  const scripts = (read['scripts'] ?? {}) as Fields;
  const added = SCRIPTS.filter((name) => !(name in scripts));
  const has = ['dependencies', 'devDependencies'].some((field) => 'registry-gitops' in ((read[field] ?? {}) as Fields));
  if (added.length === 0 && has) return { text: before!, added: [] };
  const whole = {
    ...read,
    scripts: { ...scripts, ...Object.fromEntries(added.map((name) => [name, `registry-gitops ${name}`])) },
    ...(has ? {} : { devDependencies: { ...((read['devDependencies'] ?? {}) as Fields), 'registry-gitops': version } }),
  };
  const indent = /^[ \t]+(?=")/m.exec(before ?? '')?.[0] ?? '  ';
  return { text: `${JSON.stringify(whole, null, indent)}\n`, added: before === undefined ? [] : [...added] };
}

function parsed(text: string): Fields {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object');
  return value as Fields;
}
