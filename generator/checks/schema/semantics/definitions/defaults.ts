/** Defaults of a structural schema. */
import { isDeepStrictEqual } from 'node:util';
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { isSchema, listOf } from './schema-shape.js';

const OF_TYPE: Record<string, (value: unknown) => boolean> = {
  array: Array.isArray,
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  object: isSchema,
  string: (value) => typeof value === 'string',
};

export function checkDefault(schema: Fields, path: Path, report: Report): void {
  const value = schema['default'] as unknown;
  const isRight = OF_TYPE[schema['type'] as string];
  const values = listOf<unknown>(schema['enum']);
  if (value !== undefined && values.length > 0 && !values.some((other) => isDeepStrictEqual(other, value)))
    report(
      [...path, 'default'],
      `expected one of ${values.map((other) => JSON.stringify(other)).join(', ')}, as enum says; got ${JSON.stringify(value)}`,
    );
  else if (value !== undefined && isRight && !isRight(value))
    report([...path, 'default'], `expected a value of the type ${schema['type']}; got ${JSON.stringify(value)}`);
}
