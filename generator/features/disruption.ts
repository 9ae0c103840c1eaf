import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { type Complete, type Component, type Draft, explain, metadata, selectorOf } from '../model/index.js';
import type { Settings } from '../config/index.js';
import { runsOnOneNode } from './shared.js';

/** Lets a drain of nodes take one registry pod at a time. */
export function disruption(draft: Draft): void {
  const { settings } = draft;
  // Co-located pods cannot start elsewhere while one of them is left, so a budget would block the node's drain for ever.
  // A single replica has nothing to spread.
  if (runsOnOneNode(settings) || settings.replicas === 1) return;
  draft.add(budgetOf(settings, 'registry'));
}

/** @returns a budget for a component's pods: one may be evicted at a time, those that do not serve always. */
export function budgetOf(settings: Settings, component: Component, suffix?: string): Complete<PodDisruptionBudget> {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(settings, 'PodDisruptionBudget', component, suffix),
    spec: explain(
      { maxUnavailable: 1, selector: selectorOf(settings, component), unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      {
        maxUnavailable: 'Not minAvailable: with one replica that would block every drain.',
        unhealthyPodEvictionPolicy: 'Pods that never get ready do not block a drain.',
      },
    ),
  };
}
