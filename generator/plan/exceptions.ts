/** The exceptions from rules that registry.yaml makes: `checks.ignore`. */
import { canBeIgnored, rules, schemaRules, type Used } from '../checks/index.js';
import { type Config, ConfigError, type Place, type Problem, suggest } from '../config/index.js';
import { settingsOf, variantNames } from './variants.js';

/**
 * An exception from a rule that there is not, or that the API server insists on, has no effect.
 *
 * @throws ConfigError that names every one
 */
export function checkExceptions(config: Config): void {
  const known = [...rules, ...schemaRules].map(({ id }) => id);
  const problems = variantNames(config).flatMap((variant) =>
    Object.keys(settingsOf(config, variant).checks.ignore).flatMap((key): Problem[] => {
      const [id] = key.split(' ');
      const place = config.placeOf(variant, ['checks', 'ignore', key])!;
      if (!known.includes(id!))
        return [{ ...place, message: `there is no rule "${id}"; ${suggest(id!, known.filter(canBeIgnored), 8)}` }];
      return canBeIgnored(id!)
        ? []
        : [
            {
              ...place,
              message: `no exception can be made from ${id}: the API server, or kustomize, refuses what breaks it`,
            },
          ];
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
}

/**
 * An exception is written once and inherited: it is unused where no variant that has it needs it.
 *
 * @param file the registry.yaml itself: what stands in a file of defaults may be for another registry that names it
 * @param used by variant: the exceptions that it needs
 */
export function unusedExceptions(config: Config, file: string, used: ReadonlyMap<string, Used>): Problem[] {
  const needed = new Map<string, boolean>();
  const places = new Map<string, { place: Place; key: string }>();
  for (const variant of variantNames(config)) {
    for (const key of Object.keys(settingsOf(config, variant).checks.ignore)) {
      // Whether a change needs it is seen with `validate --previous` only.
      if (key.split(' ')[0] === 'immutable-field') continue;
      const place = config.placeOf(variant, ['checks', 'ignore', key]);
      if (place?.file !== file) continue;
      const id = `${place.file}:${place.line}:${place.column}`;
      places.set(id, { place, key });
      needed.set(id, (needed.get(id) ?? false) || used.get(variant)!.has(key));
    }
  }
  return [...places]
    .filter(([id]) => !needed.get(id))
    .map(([, { place, key }]) => ({
      ...place,
      message: `nothing breaks the rule ${key.split(' ')[0]} any more; remove the exception`,
    }));
}
