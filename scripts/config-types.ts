/** Derives generator/config/schema.d.ts, the types of what a user may write, from schemas/registry.schema.json. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFromFile } from 'json-schema-to-typescript';

const root = join(import.meta.dirname, '..');

/** @returns the TypeScript that describes registry.yaml. */
export function configTypes(): Promise<string> {
  return compileFromFile(join(root, 'schemas/registry.schema.json'), {
    bannerComment: '/* Derived from schemas/registry.schema.json by `npm run config-types`. */',
    additionalProperties: false,
  });
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(root, 'generator/config/schema.d.ts'), await configTypes());
}
