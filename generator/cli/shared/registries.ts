/** Which registries a command is about: one, or a fleet. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FLEET, readFleet } from '../../fleet/index.js';
import { cacheFile, loadMemory, type Memory, saveMemory } from '../../memory/index.js';
import { printable } from '../../model/index.js';
import { isFolder } from '../../tree/index.js';
import { colours } from './colours.js';
import { CliError, EXIT } from './exit.js';
import { type Location, type Place, placeOf } from './input.js';

export interface Registries {
  places: Place[];
  /** Whether they are reported one by one, as of several. */
  isFleet: boolean;
}

/**
 * @returns the one that --config names, those that it names as a pattern or as the folder of a fleet, or without it the
 *   registry.yaml that is here, else every registries/NAME/registry.yaml
 * @throws CliError where a pattern fits nothing, a name has control characters, or where --out would put several trees into one folder
 */
export async function registriesOf({ config, out }: Location): Promise<Registries> {
  const files = await filesOf(config);
  if (files === undefined)
    return { places: [placeOf({ ...(config ? { config } : {}), ...(out ? { out } : {}) })], isFleet: false };
  if (files.length === 0) throw new CliError(`--config ${config}: no file fits this pattern`);
  // Each is named in many lines; a name that a terminal obeys could hide them.
  const obeyed = files.find((file) => printable(file) !== file);
  if (obeyed !== undefined)
    throw new CliError(`${obeyed}: the name of the folder has control characters; rename it`, EXIT.files);
  if (out !== undefined)
    throw new CliError(
      '--out names one folder, but there are several registries, and the tree of each is beside its registry.yaml',
    );
  return { places: files.map((file) => placeOf({ config: file })), isFleet: true };
}

/** @returns the files of several registries; undefined where it is about one. */
async function filesOf(config: string | undefined): Promise<string[] | undefined> {
  if (config === undefined) {
    const found = existsSync('registry.yaml') ? [] : fleetIn('.');
    return found.length > 0 ? found : undefined;
  }
  if (existsSync(config)) {
    const found = statSync(config).isDirectory() && !existsSync(join(config, 'registry.yaml')) ? fleetIn(config) : [];
    return found.length > 0 ? found : undefined;
  }
  const { default: glob } = await import('fast-glob');
  if (!glob.isDynamicPattern(config)) return undefined;
  return (await glob(config, { onlyFiles: true, followSymbolicLinks: false, ignore: ['**/node_modules/**'] })).sort();
}

/** @returns the registries of a fleet. Warns of what looks like one and is skipped. */
function fleetIn(root: string): string[] {
  const { registries, links } = readFleet(root);
  const misnamed = misnamedIn(join(root, FLEET));
  for (const link of links) warnOnce(link, 'it is skipped: a symbolic link may lead out of the repository');
  for (const file of misnamed)
    warnOnce(file, 'it is skipped: the file of a registry is called registry.yaml; rename it');
  return registries;
}

function misnamedIn(fleet: string): string[] {
  if (!isFolder(fleet)) return [];
  return readdirSync(fleet)
    .map((name) => join(fleet, name, 'registry.yml'))
    .filter((file) => existsSync(file) && !existsSync(file.replace(/yml$/, 'yaml')));
}

/** Paths that were warned of: `watch` looks for registries at each save. */
const warned = new Set<string>();

function warnOnce(path: string, message: string): void {
  if (!warned.has(path)) console.error(`${printable(path)}: ${colours.yellow('warning')}: ${message}.`);
  warned.add(path);
}

/** @throws CliError that names the registries, where there are several and a command is about one */
export async function theOne(options: Location, command: string): Promise<Place> {
  const { places, isFleet } = await registriesOf(options);
  if (!isFleet) return places[0]!;
  throw new CliError(
    `${command} is about one registry; name it: ${places.map(({ file }) => `--config ${file}`).join(', or ')}`,
  );
}

/** @returns what is remembered of a tree; nothing where that is not asked for, or there is no place to keep it. */
export function recall(root: string, cache = true): Memory | undefined {
  const program = process.env['REGISTRY_GITOPS_BUILD'];
  const file = cache && program !== undefined ? cacheFile(root) : undefined;
  return file === undefined ? undefined : loadMemory(file, program!);
}

/** Keeps what is remembered of a tree, where there is a place for it. */
export function remember(root: string, memory: Memory | undefined): void {
  const file = memory && cacheFile(root);
  if (file !== undefined) saveMemory(file, memory!);
}
