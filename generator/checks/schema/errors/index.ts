/** Turns the errors of the precompiled validators into findings' paths and messages. */
import type { ErrorObject } from 'ajv';
import type { Target } from '../keywords.js';
import { messageOf, type SchemaError } from './messages.js';

export type { SchemaError } from './messages.js';
export { rangeName } from './values.js';

/** @returns what is wrong with a value, in the order of its fields, each problem once. */
export function schemaErrors(errors: readonly ErrorObject[], root: unknown, target: Target): SchemaError[] {
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const reported: SchemaError[] = [];
  for (const error of errors) {
    // What an alternative lacks is said by the choice itself.
    if (
      /\/(any|one)Of\//.test(error.schemaPath ?? '') &&
      alternatives.some(({ instancePath }) => error.instancePath.startsWith(instancePath))
    )
      continue;
    // What is wrong with a name is said by propertyNames, which knows the name.
    if (error.keyword !== 'propertyNames' && (error as { propertyName?: string }).propertyName !== undefined) continue;
    // The stricter of two formats says it.
    if (
      error.params['format'] === 'quantity' &&
      errors.some(
        (other) => other.instancePath === error.instancePath && other.params['format'] === 'positive-quantity',
      )
    )
      continue;
    const one = messageOf(error, root, target, errors);
    if (!reported.some((other) => other.message === one.message && other.path.join('/') === one.path.join('/')))
      reported.push(one);
  }
  // A value of a wrong type breaks what is asked of the right one, too.
  const wrong = new Set(reported.filter(({ rule }) => rule === 'wrong-type').map(({ path }) => path.join('/')));
  return reported.filter(({ rule, path }) => rule !== 'invalid-value' || !wrong.has(path.join('/')));
}
