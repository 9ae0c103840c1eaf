import type { Namespace } from 'kubernetes-types/core/v1';
import { type Complete, type Draft, explain } from '../model/index.js';
import { KEEP } from './shared.js';

/** The namespace, held to the restricted Pod Security standard. */
export function namespace({ settings, objects }: Draft): void {
  if (!settings.createNamespace) return;
  const created: Complete<Namespace> = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: explain(
      {
        name: settings.namespace,
        labels: {
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/audit': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
        },
        annotations: { ...KEEP },
      },
      {
        annotations:
          settings.storage.type === 'volume'
            ? 'With the namespace go the claim and the images: no controller may delete it.'
            : 'With the namespace goes the Secret, which is not in the tree: no controller may delete it.',
      },
    ),
  };
  objects.unshift(created);
}
