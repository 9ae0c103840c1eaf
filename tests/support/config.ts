import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { type Config, ConfigError, readConfig } from '../../generator/config/index.js';
import { type Model, type KubernetesObject } from '../../generator/model/index.js';
import { buildModel } from '../../generator/features/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { MANIFEST, ownedPaths } from '../../generator/tree/index.js';

/** The text of the shipped registry.yaml. */
export const shipped = readFileSync('registry.yaml', 'utf8');

/** How many files its tree has, without their list: as the committed list says. */
export const shippedFiles = ownedPaths(readFileSync(MANIFEST, 'utf8')).size;

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** @returns the config of a registry.yaml given as a value or as text. */
export function configOf(value: object | string): Config {
  return readConfig(bytesOf(typeof value === 'string' ? value : stringify(value)), 'registry.yaml');
}

/**
 * @param readBeside reads what registry.yaml names
 * @returns what is wrong with a registry.yaml: messages with their places, one a line
 */
export async function problemsOf(bytes: Uint8Array | string, readBeside?: (path: string) => string): Promise<string> {
  try {
    await makePlan(
      typeof bytes === 'string' ? bytesOf(bytes) : bytes,
      'registry.yaml',
      readBeside ? { readBeside } : {},
    );
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** @returns the model of the base of a registry.yaml. */
export function modelOf(value: object): Model {
  return buildModel(configOf(value).base);
}

/** @returns the one object of a kind (and, where there are several, of a name) in a model. */
export function only<T = Record<string, any>>(
  { objects }: Pick<Model, 'objects'>,
  kind: string,
  name?: string,
): T & KubernetesObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}${name ? ` named ${name}` : ''}`);
  return found[0] as T & KubernetesObject;
}
