/** The schema of config.yml. @see schemas/registry/config.yaml */
import { validators } from '../../generated/file-registry.js';
import { withoutPaths } from '../finding.js';
import { schemaErrors, type SchemaError } from '../schema/errors/index.js';
import { withoutNulls } from '../schema/nulls.js';
import type { Fields } from '../unit/manifest.js';

/** The version that is meant where nothing tells. */
const LATEST = 3;

/** @returns whether there is a schema for a major version. */
export function hasSchema(major: number): boolean {
  return major in validators;
}

/** @returns what a major version of the registry does not read as it is meant. */
export function configErrors(config: Fields, major = LATEST): SchemaError[] {
  const value = withDrivers(config);
  const validate = validators[major] ?? validators[LATEST]!;
  const errors = validate(value) ? [] : schemaErrors(validate.errors ?? [], value, { first: 0, last: 0 });
  return [...errors, ...purgingErrors(value), ...regionErrors(value, major)];
}

/**
 * Purging is configured wholly or not at all: the registry does not start with half of it.
 *
 * @see https://github.com/distribution/distribution/blob/v3.1.1/registry/handlers/app.go startUploadPurger
 */
function purgingErrors({ storage }: Fields): SchemaError[] {
  const purging = storage?.maintenance?.uploadpurging as unknown;
  if (typeof purging !== 'object' || purging === null || (purging as Fields)['enabled'] === false) return [];
  const missing = ['age', 'interval', 'dryrun'].filter((name) => !(name in purging));
  return missing.map((name) => ({
    rule: 'missing-field',
    path: ['storage', 'maintenance', 'uploadpurging'],
    message: `"${name}" is missing: the registry does not start without it`,
  }));
}

/**
 * The region has to be said, by which AWS' endpoint is found. Registry 2.8 wants it with another endpoint too.
 *
 * @see https://github.com/distribution/distribution/blob/v3.1.1/registry/storage/driver/s3-aws/s3.go FromParameters
 */
function regionErrors({ storage }: Fields, major: number): SchemaError[] {
  if (typeof storage !== 'object' || storage === null) return [];
  return ['s3', 's3aws'].flatMap((driver): SchemaError[] => {
    const bucket = (storage as Fields)[driver] as unknown;
    if (
      typeof bucket !== 'object' ||
      bucket === null ||
      (bucket as Fields)['region'] ||
      (major >= 3 && (bucket as Fields)['regionendpoint'])
    )
      return [];
    return [
      {
        rule: 'missing-field',
        path: ['storage', driver],
        message: `"region" is missing: the registry does not start without it${major >= 3 ? ', or a regionendpoint' : ''}`,
      },
    ];
  });
}

/** @returns the configuration without what is not set (null) or of a wrong type, so that the rest can be judged. */
export function wellTyped(config: Fields, major?: number): Fields {
  const wrong = configErrors(config, major).filter(({ rule }) => rule === 'wrong-type');
  if (wrong.some(({ path }) => path.length === 0)) return {};
  return withoutNulls(
    withoutPaths(
      withDrivers(config),
      wrong.map(({ path }) => path),
    ),
  ) as Fields;
}

/** A driver or a login without settings is chosen all the same. */
function withDrivers(config: Fields): Fields {
  const chosen = Object.fromEntries(
    CHOICES.filter((name) => typeof config[name] === 'object' && config[name] !== null).map((name) => [
      name,
      config[name] as Fields,
    ]),
  );
  if (!Object.values(chosen).some((options) => Object.values(options).includes(null))) return config;
  return {
    ...config,
    ...Object.fromEntries(
      Object.entries(chosen).map(([name, options]) => [
        name,
        Object.fromEntries(Object.entries(options).map(([option, settings]) => [option, settings ?? {}])),
      ]),
    ),
  };
}

/** Of their keys one is chosen. */
const CHOICES = ['storage', 'auth'];
