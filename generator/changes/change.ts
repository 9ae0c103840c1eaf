import type { KubernetesObject } from '../model/index.js';
import type { Difference } from './fields.js';

/** What a change does when it is applied, from the least to the worst. */
export const CLASSES = ['safe', 'rolls-pods', 'opens-access', 'needs-recreate', 'deletes-data'] as const;
export type ChangeClass = (typeof CLASSES)[number];

/** One field of an object that changes. */
export interface FieldChange extends Difference {
  class: ChangeClass;
  /** Why it is of this class, where that is not plain; with the remedy where something has to be done by hand. */
  why?: string;
  remedy?: string;
}

/** One object that changes, appears or goes. */
export interface ObjectChange {
  change: 'added' | 'changed' | 'removed';
  /** As it is after the change, or was before its removal. */
  object: KubernetesObject;
  /** The worst of its fields, or of its coming and going. */
  class: ChangeClass;
  why?: string;
  remedy?: string;
  fields: FieldChange[];
}

/** What changes in one overlay. */
export interface VariantChange {
  /** base, the overlay's name, or a folder of the delivery: delivery/argo-cd. */
  variant: string;
  /** Where the overlay itself is new or gone. */
  state?: 'added' | 'removed';
  objects: ObjectChange[];
}

/** @returns whether a variant is an overlay: not the base, nor a folder of the delivery, whose name has a slash. */
export function isOverlay(variant: string): boolean {
  return variant !== 'base' && !variant.includes('/');
}

/** @returns the variants that changes are reported of: what is applied. The base is inherited, and reported where there is nothing else. */
export function reportedVariants(all: readonly string[]): string[] {
  const hasOverlays = all.some(isOverlay);
  return all.filter((variant) => variant !== 'base' || !hasOverlays);
}

/** @returns the worse of two classes. */
export function worse(one: ChangeClass, other: ChangeClass): ChangeClass {
  return CLASSES.indexOf(one) >= CLASSES.indexOf(other) ? one : other;
}
