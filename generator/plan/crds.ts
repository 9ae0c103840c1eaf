/** The CustomResourceDefinitions that registry.yaml names: `checks.crds`. */
import { Validators } from '../checks/index.js';
import { type Config, ConfigError, type Place, type ReadBeside } from '../config/index.js';
import { settingsOf, variantNames } from './variants.js';

export interface Crds {
  /** Texts of the files, in the order in which they are named. */
  texts: string[];
  /** Know the kinds that are defined there. */
  validators: Validators;
}

/** @throws ConfigError where a file cannot be read, or is no CustomResourceDefinition */
export async function readCrds(config: Config, readBeside: ReadBeside | undefined): Promise<Crds> {
  const crds: Crds = { texts: [], validators: new Validators() };
  for (const [path, place] of placesOf(config)) {
    try {
      if (!readBeside) throw new Error('it cannot be read here');
      const text = readBeside(path);
      await crds.validators.addCrds(text);
      crds.texts.push(text);
    } catch (error) {
      throw new ConfigError([{ ...place, message: `${path}: ${(error as Error).message}` }]);
    }
  }
  return crds;
}

/** @returns every file that is named, with a place where it is. */
function placesOf(config: Config): Map<string, Place> {
  return new Map(
    variantNames(config).flatMap((variant) =>
      settingsOf(config, variant).checks.crds.map((path, index): [string, Place] => [
        path,
        config.placeOf(variant, ['checks', 'crds', String(index)])!,
      ]),
    ),
  );
}
