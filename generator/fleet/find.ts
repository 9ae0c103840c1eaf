/** The registries of a repository. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that the registries of a fleet are in, each in a folder of its own. */
export const FLEET = 'registries';

/** @returns every registries/NAME/registry.yaml in a folder, in the order of the names; none where it holds no fleet. */
export function findRegistries(root: string): string[] {
  const fleet = join(root, FLEET);
  if (!existsSync(fleet)) return [];
  return readdirSync(fleet)
    .sort()
    .map((name) => join(fleet, name, 'registry.yaml'))
    .filter((file) => existsSync(file));
}
