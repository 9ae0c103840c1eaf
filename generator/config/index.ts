import { type ReadBeside, readDefaults } from './defaults.js';
import { ConfigError } from './problem.js';
import { SourceFile } from './read-yaml.js';
import { type Rules, rules as allRules } from './rules/index.js';
import type { Config } from './settings.js';
import { validate } from './validate.js';
import { VariantResolver } from './variants.js';

export type { ReadBeside } from './defaults.js';
export { ConfigError, formatProblem, type Problem } from './problem.js';
export { MAX_BYTES } from './read-yaml.js';
export { type Field, fieldsOfSchema } from './fields.js';
export { type Endpoint, parseEndpoint } from './endpoint.js';
export { parseKubernetesVersion } from './formats.js';
export { parseImage, parseVersion } from './image.js';
export { canonicalQuantity, parseQuantity } from './quantity.js';
export type * from './settings.js';
export { fieldsOf, type FieldOfSchema, merge } from './resolve.js';
export { noRules, type Rules, rules } from './rules/index.js';
export { suggest } from './validate.js';

/**
 * Reads a registry.yaml, and the files of defaults that it names.
 *
 * @param bytes the file's contents
 * @param file the name that problems are reported under
 * @param readBeside reads the files of defaults; without it they are reported as unreadable
 * @param rules those that settings are validated by: `noRules` for a registry.yaml that is half changed
 * @throws ConfigError with every problem of the files, where there is one
 */
export function readConfig(bytes: Uint8Array, file: string, readBeside?: ReadBeside, rules: Rules = allRules): Config {
  const source = new SourceFile(file, bytes);
  if (source.value === undefined) throw new ConfigError(source.problems);
  const problems = [...source.problems, ...validate(source)];
  const defaults = readDefaults(source, file, readBeside, problems);
  // Rules look at settings, which exist only where the shape is right.
  if (problems.length > 0) throw new ConfigError(problems);
  const config = new VariantResolver(source, defaults, problems, rules).resolve();
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * @param bytes contents of a registry.yaml that readConfig takes
 * @returns the plain value, as written: no defaults, no inheritance
 */
export function writtenValue(bytes: Uint8Array, file: string): Record<string, unknown> {
  return new SourceFile(file, bytes).value as Record<string, unknown>;
}
