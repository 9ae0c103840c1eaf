/** The files that a registry.yaml names, in the folder or at a commit. */
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/index.js';
import { settingsOf, variantNames } from '../../plan/index.js';
import { pathFromTop, readFilesAt, type Repository } from '../../publish/index.js';

/** @returns files that registry.yaml names, relative to it. */
export function namedFiles(config: Config): string[] {
  return [
    ...new Set([
      ...config.defaults,
      ...variantNames(config).flatMap((variant) => settingsOf(config, variant).checks.crds),
    ]),
  ];
}

/**
 * @param file registry.yaml
 * @param base the commit
 * @param bytes contents of registry.yaml
 * @param known by path from the top; gets the files of defaults, of which each is known only when the one before is read
 * @returns the files that registry.yaml names, relative to it
 */
export async function namedFilesAt(
  repository: Repository,
  file: string,
  base: string,
  bytes: Uint8Array,
  known: Map<string, Uint8Array>,
): Promise<string[]> {
  const { readConfig } = await import('../../config/index.js');
  for (;;) {
    const missing: string[] = [];
    try {
      return namedFiles(
        readConfig(bytes, file, (path) => {
          const full = pathFromTop(repository, resolve(dirname(file), path));
          const found = known.get(full);
          if (found) return Buffer.from(found).toString('utf8');
          missing.push(full);
          throw new Error('there is no such file');
        }),
      );
    } catch (error) {
      const found = await readFilesAt(repository, base, missing);
      if (found.size === 0) throw error;
      for (const [path, contents] of found) known.set(path, contents);
    }
  }
}
