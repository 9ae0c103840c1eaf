/**
 * The field of registry.yaml that causes a finding. Features are pure functions of the settings, so it is found by
 * asking them: each field is chosen otherwise in turn, and the one whose change makes the finding go with the least
 * change to all else is the cause.
 */
import { type Finding, formatPath, objectLabel, valueAt } from '../checks/index.js';
import type { Config, Place, Settings } from '../config/index.js';
import type { KubernetesObject } from '../model/index.js';
import { alternativesOf } from './alternatives.js';

export interface CauseQuestion {
  config: Config;
  /** base, or an overlay's name. */
  variant: string;
  settings: Settings;
  finding: Finding;
  build: (settings: Settings) => KubernetesObject[];
  /** Findings of the finding's own rule. */
  recheck: (objects: KubernetesObject[], settings: Settings) => Finding[];
}

/** A place in registry.yaml; without a line of its own where the field is a default. */
export interface Cause {
  field: string;
  place: Place | undefined;
}

/** @returns the cause, or undefined where no single field changes anything about the finding */
export function causeOf({ config, variant, settings, finding, build, recheck }: CauseQuestion): Cause | undefined {
  const before = build(settings);
  const value = JSON.stringify(valueAt(finding.object, finding.path));
  let best: { path: string[]; rank: number } | undefined;
  for (const { path, settings: changed } of alternativesOf(settings)) {
    const after = attempt(() => build(changed));
    if (!after) continue;
    const object = after.find(
      (candidate) => candidate.kind === finding.object.kind && stem(candidate) === stem(finding.object),
    );
    // Under another name it is the same finding.
    const gone = !attempt(() => recheck(after, changed))?.some(
      (other) =>
        other.rule === finding.rule &&
        sameKind(other, finding) &&
        (!object || stem(other.object) === stem(finding.object)),
    );
    const moved = object !== undefined && JSON.stringify(valueAt(object, finding.path)) !== value;
    if (!gone && !moved) continue;
    // A finding that goes tells more than a value that changes; what the overlay itself states, more than a default,
    // and that more than what it inherits, with which its parent has no such finding.
    const place = config.placeOf(variant, path);
    const own = variant === 'base' ? place !== undefined : place?.path.startsWith(`overlays.${variant}.`);
    const rank = (gone ? 0 : 1e6) + (own ? 0 : place ? 2000 : 1000) + changes(before, after);
    if (!best || rank < best.rank) best = { path, rank };
  }
  return best && { field: formatPath(best.path), place: config.placeOf(variant, best.path) };
}

/** Settings that no registry.yaml could give may be more than features can take. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function sameKind(a: Finding, b: Finding): boolean {
  return a.object.kind === b.object.kind && a.path.at(-1) === b.path.at(-1);
}

/** The name without the hash that its contents give it. */
function stem(object: KubernetesObject): string {
  return objectLabel(object).replace(/-[a-z0-9]{10}$/, '');
}

/** A rough count of what differs: lines of the objects' text. */
function changes(before: KubernetesObject[], after: KubernetesObject[]): number {
  const lines = (objects: KubernetesObject[]): string[] => JSON.stringify(objects, null, 1).split('\n');
  const counts = new Map<string, number>();
  for (const line of lines(before)) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of lines(after)) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}
