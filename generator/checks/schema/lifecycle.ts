/** apiVersions that a Kubernetes of the target no longer serves, or will stop to. */
import lifecycles from '../../../schemas/kubernetes/lifecycle.json' with { type: 'json' };
import { rangeName } from './errors/index.js';
import type { Target } from './keywords.js';

interface Lifecycle {
  deprecated?: number;
  removed?: number;
  replacement?: string;
}

const table = lifecycles as Record<string, Lifecycle>;

/** @returns what is to be said of an apiVersion that was removed or is deprecated, or undefined. @param id apiVersion/Kind */
export function lifecycleOf(
  id: string,
  target: Target,
): { rule: 'removed-api' | 'deprecated-api'; message: string; hint: string } | undefined {
  const { deprecated, removed, replacement } = table[id] ?? {};
  const hint = replacement
    ? `write apiVersion: ${replacement.slice(0, replacement.lastIndexOf('/'))}${kindOf(replacement) === kindOf(id) ? '' : `, kind: ${kindOf(replacement)}`}`
    : 'nothing replaces it';
  if (removed !== undefined && removed <= target.last) {
    return {
      rule: 'removed-api',
      message: `${id} was removed in Kubernetes 1.${removed}; the target is ${rangeName(target)}`,
      hint,
    };
  }
  if (deprecated !== undefined && deprecated <= target.last) {
    const end = removed === undefined ? '' : `, and goes in 1.${removed}`;
    return { rule: 'deprecated-api', message: `${id} is deprecated since Kubernetes 1.${deprecated}${end}`, hint };
  }
  return undefined;
}

function kindOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
