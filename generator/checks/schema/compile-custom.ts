/** Validators for the user's own CRDs. The one place where something is compiled at run time, and ajv loaded for it. */
import { Ajv, type ValidateFunction } from 'ajv';
import { objectMeta } from '../../generated/object-meta.js';
import type { CustomKind } from './crd.js';
import { formats } from './formats/index.js';
import { addKeywords } from './keywords.js';
import { customSchema } from './json-schema/index.js';

/** @throws Error where the schema is none that JSON schema can say */
export function compileCustomKind({ id, schema }: CustomKind): ValidateFunction {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    passContext: true,
    unicodeRegExp: false,
    messages: false,
    formats,
    logger: false,
  });
  addKeywords(ajv);
  for (const [name, definition] of Object.entries(objectMeta)) ajv.addSchema({ $id: name, ...definition });
  try {
    return ajv.compile(customSchema(schema, id));
  } catch (error) {
    throw new Error(`the schema of ${id} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
