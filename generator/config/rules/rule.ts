/** What a rule is: something between fields that a schema cannot say. */
import type { RegistryYaml } from '../schema.js';
import type { Delivery, Overlay, Settings } from '../settings.js';

/** What a rule may look at: the base's settings, or one overlay's. */
export interface Scope {
  settings: Settings;
  /** @returns the value as written for this scope (inherited or its own), before any default. */
  written(path: string): unknown;
  /** Whether this scope itself states the field, rather than inherit it. */
  states(path: string): boolean;
  /** Reports a problem at the place that gave the field its value; of several fields, at the one stated last. */
  report(path: string | string[], message: string): void;
}

/** Validates the settings of one variant. */
export interface Rule {
  /** As schemas/field-decisions.yaml names it. */
  id: string;
  check(scope: Scope): void;
}

/** What a rule on the whole file may look at. */
export interface FileScope {
  /** registry.yaml as written. */
  file: RegistryYaml;
  base: Settings;
  overlays: readonly Overlay[];
  delivery: Delivery;
  /** @returns the keys to the first place in registry.yaml that states a field, the top level before the overlays. */
  statedAt(field: string): string[] | undefined;
  /** Whether registry.yaml, one of its overlays, or a file of defaults states a field. */
  isStated(field: string): boolean;
  /** Reports a problem at the value, or at the key, to which these keys lead. */
  report(path: readonly string[], message: string, at?: 'key'): void;
}

/** Validates what is of the file as a whole: its overlays side by side, and the section `delivery`. */
export interface FileRule {
  id: string;
  check(scope: FileScope): void;
}
