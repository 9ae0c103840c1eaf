/** What every object has: apiVersion, kind and metadata. */
import type { Schema } from './subschemas.js';

/** Where the definitions of Kubernetes' own types are, for references to them from custom resources. */
export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** @returns what every object's own schema says of apiVersion, kind and metadata. */
export function identityProperties(apiVersion: string, kind: string): Record<string, Schema> {
  return {
    apiVersion: { const: apiVersion },
    kind: { const: kind },
    metadata: { $ref: OBJECT_META, 'x-not-null': true },
  };
}
