/**
 * The formats that Kubernetes' schemas and schemas/kubernetes/constraints.yaml name: what the API server's Go code takes
 * for a name, a quantity, an address. Each says in `expected` what a person should write.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go
 */
import type { Format } from './format.js';
import { names } from './names.js';
import { networks } from './networks.js';
import { texts } from './texts.js';
import { times } from './times.js';

const table: Record<string, Format> = { ...texts, ...times, ...networks, ...names };
for (const name of ['dns-label', 'dns-subdomain', 'dns-host', 'qualified-name', 'port-name', 'env-name']) {
  const { test, expected } = table[name]!;
  table[`optional-${name}`] = { test: (value) => value === '' || test(value), expected };
}

/** For the compiled schemas: format name -> whether a value has it. */
export const formats: Record<string, (value: string) => boolean> = Object.fromEntries(
  Object.entries(table).map(([name, { test }]) => [name, test]),
);

/** @returns in words what a value of this format looks like. */
export function expectedFormat(format: string): string {
  return table[format]?.expected ?? `a value of the format ${format}`;
}
