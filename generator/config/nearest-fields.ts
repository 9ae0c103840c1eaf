/** Which fields may be meant by one that registry.yaml doesn't have. */
import { distance } from 'fastest-levenshtein';
import { fieldsOfSchema } from './fields.js';

/** The page that lists all fields. */
const FIELDS_PAGE = 'docs/reference/registry-yaml.md';
/** Fields that a message names. */
const NAMED = 3;

/**
 * @param name a field that is in no schema
 * @param here names of the fields of the map that it is in
 * @returns fields of the same name elsewhere, else the three of the map whose names are nearest, and where all are listed
 */
export function nearestFields(name: string, here: readonly string[]): string {
  const elsewhere = sameNameElsewhere(name);
  const found =
    elsewhere.length > 0 && elsewhere.length <= NAMED
      ? `it exists as ${listed(elsewhere, 'or')}`
      : here.length <= NAMED
        ? `the fields here are ${listed(here, 'and')}`
        : `the nearest here are ${listed(nearest(name, here), 'and')}`;
  return `${found}; ${FIELDS_PAGE} lists all fields`;
}

/** @returns paths of fields that are called so: memory is redis.memory, and resources.memory. */
function sameNameElsewhere(name: string): string[] {
  return fieldsOfSchema()
    .map(({ path }) => path)
    .filter((path) => path.split('.').at(-1) === name)
    .map((path) => (path.includes('.') ? path : `${path} (top level)`));
}

/** By the share of letters that differ; of equals the one that comes first in the schema. */
function nearest(name: string, known: readonly string[]): string[] {
  // A name of kilobytes is no misspelling, and would cost its length squared.
  const start = name.slice(0, 40).toLowerCase();
  const share = (item: string): number => distance(start, item.toLowerCase()) / Math.max(start.length, item.length);
  const shares = new Map(known.map((item) => [item, share(item)]));
  return [...known].sort((one, other) => shares.get(one)! - shares.get(other)!).slice(0, NAMED);
}

function listed(names: readonly string[], word: 'and' | 'or'): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}
