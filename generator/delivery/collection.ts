import type { Settings } from '../config/index.js';
import { collects } from '../features/index.js';

/**
 * Variables of the registry's container that a collection sets while it runs, as the field manager registry-gc.
 * tests/delivery/collection.test.ts compares them with what the collector's program sends.
 */
const CLOSING_VARIABLES = ['REGISTRY_STORAGE_MAINTENANCE_READONLY', 'REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR'] as const;

/** Fields of one object that git does not say, as Argo CD's ignoreDifferences names them. */
export interface OwnedElsewhere {
  /** Absent for the core: Argo CD writes no empty one, and would see a difference in its own Application. */
  group?: string;
  kind: string;
  namespace: string;
  name: string;
  jqPathExpressions?: string[];
  jsonPointers?: string[];
}

/** @returns the fields that a collection of garbage owns, and nobody else; none where garbage is not collected. */
export function ownedByCollection(settings: Settings): OwnedElsewhere[] {
  if (!collects(settings)) return [];
  const { name, namespace } = settings;
  return [
    {
      group: 'apps',
      kind: 'Deployment',
      namespace,
      name,
      // One variable each: all other variables, and the rest of the container, stay git's.
      jqPathExpressions: CLOSING_VARIABLES.map(
        (variable) =>
          `.spec.template.spec.containers[] | select(.name == "registry") | .env[]? | select(.name == "${variable}")`,
      ),
    },
    { kind: 'ConfigMap', namespace, name: `${name}-gc-lock`, jsonPointers: ['/data'] },
  ];
}
