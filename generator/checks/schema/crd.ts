/**
 * CustomResourceDefinitions as schemas. A structural schema says more than a JSON schema would, and a little less: it
 * prunes what it doesn't know, so unknown fields are errors, as the API server's strict field validation makes them.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */

import { mapSubschemas, type Schema } from './json-schema/subschemas.js';

/** One served version of one custom resource. */
export interface CustomKind {
  /** apiVersion/Kind */
  id: string;
  /** Whether its objects belong to no namespace. */
  cluster: boolean;
  schema: Schema;
  /** What the project says of a deprecated version; empty where it says nothing more. */
  deprecated?: string;
}

/** Keywords that say nothing of what is accepted. */
const PROSE = new Set(['description', 'example', 'externalDocs', 'title', 'x-kubernetes-map-type']);

/**
 * @param document a CustomResourceDefinition, apiextensions.k8s.io/v1
 * @returns its served versions
 * @throws Error where it is none, or a version has no schema
 */
export function customKinds(document: unknown): CustomKind[] {
  const { kind, apiVersion, spec } = (document ?? {}) as {
    kind?: string;
    apiVersion?: string;
    spec?: Record<string, any>;
  };
  if (kind !== 'CustomResourceDefinition' || apiVersion !== 'apiextensions.k8s.io/v1') {
    throw new Error('expected a CustomResourceDefinition of apiextensions.k8s.io/v1');
  }
  if (
    typeof spec?.['group'] !== 'string' ||
    typeof spec['names']?.kind !== 'string' ||
    !Array.isArray(spec['versions'])
  ) {
    throw new Error('the CustomResourceDefinition lacks spec.group, spec.names.kind or spec.versions');
  }
  return (spec['versions'] as Record<string, any>[])
    .filter(({ served }) => served)
    .map((version) => {
      const schema = version['schema']?.openAPIV3Schema as Schema | undefined;
      if (!schema) throw new Error(`version ${version['name']} has no schema`);
      return {
        id: `${spec['group']}/${version['name']}/${spec['names'].kind}`,
        cluster: spec['scope'] === 'Cluster',
        schema: withoutProse(schema),
        ...(version['deprecated'] ? { deprecated: String(version['deprecationWarning'] ?? '') } : {}),
      };
    });
}

function withoutProse(schema: Schema): Schema {
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !PROSE.has(keyword)));
  return mapSubschemas(kept, withoutProse);
}
