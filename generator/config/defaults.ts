/** The files of defaults that a registry.yaml names: what several registries share. */
import { posix } from 'node:path';
import type { Problem } from './problem.js';
import { SourceFile } from './read-yaml.js';
import { topLevel } from './resolve.js';
import type { RegistryYaml } from './schema.js';
import { validate } from './validate.js';

/**
 * Reads a file that registry.yaml names.
 *
 * @param path relative to registry.yaml
 * @throws Error that says why it cannot be read, without its path
 */
export type ReadBeside = (path: string) => string;

/** One file of defaults. */
export interface SharedDefaults {
  /** Relative to registry.yaml. */
  path: string;
  source: SourceFile;
  /** What it states, as if registry.yaml itself stated it. */
  fields: Record<string, unknown>;
}

/** Nested files of defaults: more than any fleet has, and an end to links that form a cycle. */
const MOST_FILES = 10;

/**
 * Reads the file of defaults that a registry.yaml names, the one that this names, and so on.
 *
 * @param own registry.yaml
 * @param file its name, as problems report it; the files of defaults are reported relative to the same folder
 * @param problems gets what is wrong with the files
 * @returns the files, nearest first; those that could be read, where one could not
 */
export function readDefaults(
  own: SourceFile,
  file: string,
  readBeside: ReadBeside | undefined,
  problems: Problem[],
): SharedDefaults[] {
  const files: SharedDefaults[] = [];
  const seen = [posix.basename(file)];
  let source = own;
  for (let named = namedIn(own); named !== undefined; named = namedIn(source)) {
    const at = source;
    const fail = (message: string): SharedDefaults[] => {
      problems.push(at.problem('/defaults', message));
      return files;
    };
    if (posix.isAbsolute(named)) return fail('expected a path relative to this file; got an absolute path');
    const path = posix.join(posix.dirname(seen.at(-1)!), named);
    if (seen.includes(path))
      return fail(
        `the files of defaults form a cycle: ${[...seen.slice(seen.indexOf(path)), path].join(' -> ')}; remove "defaults" from one of them`,
      );
    if (files.length === MOST_FILES)
      return fail(`more than ${MOST_FILES} nested files of defaults; merge some of them`);
    let text: string;
    try {
      if (!readBeside) throw new Error('it cannot be read here');
      text = readBeside(path);
    } catch (error) {
      return fail(`${named}: ${(error as Error).message}`);
    }
    source = new SourceFile(posix.join(posix.dirname(file), path), new TextEncoder().encode(text));
    problems.push(...source.problems);
    if (source.value === undefined) return files;
    problems.push(...validate(source));
    if (source.has('/overlays'))
      problems.push(
        source.problem('/overlays', 'a file of defaults cannot contain overlays; move them to registry.yaml', 'key'),
      );
    if (source.has('/delivery'))
      problems.push(
        source.problem('/delivery', 'a file of defaults cannot contain delivery; move it to registry.yaml', 'key'),
      );
    seen.push(path);
    files.push({ path, source, fields: withPathsFrom(posix.dirname(path), topLevel(source.value as RegistryYaml)) });
  }
  return files;
}

/** Works on a value of a wrong shape too, which is reported elsewhere. */
function namedIn({ value }: SourceFile): string | undefined {
  const { defaults } = (value ?? {}) as { defaults?: unknown };
  return typeof defaults === 'string' && defaults !== '' ? defaults : undefined;
}

/** Paths are relative to the file that states them. */
function withPathsFrom(folder: string, fields: Record<string, unknown>): Record<string, unknown> {
  const { checks } = fields as { checks?: { crds?: unknown } };
  if (!Array.isArray(checks?.crds)) return fields;
  return {
    ...fields,
    checks: {
      ...checks,
      crds: checks.crds.map((path) =>
        typeof path === 'string' && !posix.isAbsolute(path) ? posix.join(folder, path) : path,
      ),
    },
  };
}
