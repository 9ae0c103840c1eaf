/**
 * Turns what Kubernetes calls a schema into a JSON schema that accepts what an API server accepts under strict field
 * validation: unknown fields are errors, and in Kubernetes' own types null stands for "not set".
 */
export { builtinSchema } from './builtin.js';
export { customSchema } from './custom.js';
export { fileSchema } from './file.js';
export { identityProperties, OBJECT_META } from './identity.js';
