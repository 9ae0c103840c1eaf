/** The registries of a repository. */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that the registries of a fleet are in, each in a folder of its own. */
export const FLEET = 'registries';

/** What the folder of a fleet holds. */
export interface FleetFolder {
  /** Every registries/NAME/registry.yaml, in the order of the names. */
  registries: string[];
  /** Folders of registries that are skipped, as a symbolic link may lead out of the repository. */
  links: string[];
}

/** @returns the registries in a folder; none where it holds no fleet */
export function readFleet(root: string): FleetFolder {
  const fleet = join(root, FLEET);
  const stat = lstatSync(fleet, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return { registries: [], links: stat?.isSymbolicLink() ? [fleet] : [] };
  const entries = readdirSync(fleet, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const folders = entries.filter((entry) => entry.isDirectory());
  return {
    registries: folders.map(({ name }) => join(fleet, name, 'registry.yaml')).filter((file) => existsSync(file)),
    links: entries
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => join(fleet, name))
      .filter((link) => existsSync(join(link, 'registry.yaml'))),
  };
}

/** @returns every registries/NAME/registry.yaml in a folder, in the order of the names; none where it holds no fleet. */
export function findRegistries(root: string): string[] {
  return readFleet(root).registries;
}
