import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { type Complete, type Draft, explain, metadata, selectorOf } from '../model/index.js';

/** Lets a drain of nodes take one registry pod at a time. */
export function disruption(draft: Draft): void {
  const { settings } = draft;
  // Co-located pods cannot start elsewhere while one of them is left, so a budget would block the node's drain for ever.
  // A single replica has nothing to spread.
  if (settings.storage.colocate || settings.replicas === 1) return;
  const budget: Complete<PodDisruptionBudget> = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(settings, 'PodDisruptionBudget', 'registry'),
    spec: explain(
      { maxUnavailable: 1, selector: selectorOf(settings, 'registry') },
      { maxUnavailable: 'Not minAvailable: with one replica that would block every drain.' },
    ),
  };
  draft.add(budget);
}
