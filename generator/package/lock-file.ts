/** package-lock.json, with the program as npm itself would write it down: so that `npm ci` needs no network, and verifies the tarball. */
import { type Fields, fieldsOf, jsonText, PACKAGE, parseFields } from './manifest.js';
import { specOf } from './package-json.js';
import type { Tarball } from './tarball.js';

/** Where npm installs the program. */
export const INSTALLED = `node_modules/${PACKAGE}`;
/** Fields of package.json that npm copies into the entry of the repository itself. */
const COPIED = ['name', 'version', 'license', 'dependencies', 'devDependencies', 'engines'];
const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'workspaces'];

/**
 * @param before text of the package-lock.json that is there; undefined: none
 * @param packageJson fields of the package.json beside it, which names the tarball
 * @param folder name of the folder that both are in
 * @returns the text to be there; undefined if only npm can write it, as other packages are in package.json or the form is npm 6's
 * @throws Error if the text that is there is not JSON
 */
export function lockFile(
  before: string | undefined,
  packageJson: Fields,
  tarball: Tarball,
  folder: string,
): string | undefined {
  const lock = before === undefined ? newLock(packageJson, folder) : parseFields(before);
  if (!lock || !('packages' in lock)) return undefined;
  const packages = fieldsOf(lock, 'packages');
  const own = Object.fromEntries(
    ['dependencies', 'devDependencies'].filter((kind) => kind in packageJson).map((kind) => [kind, packageJson[kind]]),
  );
  return jsonText(
    {
      ...lock,
      packages: sorted({
        ...packages,
        '': { ...fieldsOf(packages, ''), ...own },
        [INSTALLED]: entryOf(tarball, packageJson),
      }),
    },
    before,
  );
}

function newLock(packageJson: Fields, folder: string): Fields | undefined {
  const others = DEPENDENCIES.flatMap((kind) => Object.keys(fieldsOf(packageJson, kind))).filter(
    (name) => name !== PACKAGE,
  );
  if (others.length > 0 || Array.isArray(packageJson['workspaces'])) return undefined;
  const copied = COPIED.filter((field) => field in packageJson).map((field) => [field, packageJson[field]]);
  return {
    name: packageJson['name'] ?? folder,
    ...('version' in packageJson ? { version: packageJson['version'] } : {}),
    lockfileVersion: 3,
    requires: true,
    packages: { '': Object.fromEntries(copied) },
  };
}

/** In npm's order: https://github.com/npm/cli/blob/latest/workspaces/arborist/lib/shrinkwrap.js */
function entryOf({ manifest, integrity }: Tarball, packageJson: Fields): Fields {
  return {
    version: manifest.version,
    resolved: specOf(packageJson)!,
    integrity,
    ...(PACKAGE in fieldsOf(packageJson, 'dependencies') ? {} : { dev: true }),
    license: manifest.license,
    bin: manifest.bin,
    engines: manifest.engines,
  };
}

function sorted(packages: Fields): Fields {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
}
