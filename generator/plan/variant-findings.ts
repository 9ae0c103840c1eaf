/** Findings of all variants together: what they share is reported once. */
import type { Finding } from '../checks/index.js';
import type { KubernetesObject } from '../model/index.js';

/** A finding in the base or in overlays. */
export interface VariantFinding extends Finding {
  /** base, or an overlay's name: the first that has it. Or a folder of the delivery, such as delivery/argo-cd. */
  variant: string;
  /** How many others have it too. */
  others: number;
  /** The object as it was, where the finding is about a change. */
  previous?: KubernetesObject;
}

/** Collects findings variant by variant. */
export class VariantFindings {
  readonly all: VariantFinding[] = [];
  readonly #seen = new Map<string, VariantFinding>();

  add(variant: string, findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = keyOf(finding);
      const known = this.#seen.get(key);
      if (known) {
        known.others++;
        continue;
      }
      const first = { ...finding, variant, others: 0 };
      this.#seen.set(key, first);
      this.all.push(first);
    }
  }
}

/** The same for the same fault: hashes of contents in names apart. */
function keyOf({ rule, object, path, inner, message }: Finding): string {
  return JSON.stringify([
    rule,
    object.kind,
    object.metadata?.name.replace(/-[a-z0-9]{10}$/, ''),
    path,
    inner,
    message.replace(/-[a-z0-9]{10}\b/g, ''),
  ]);
}
