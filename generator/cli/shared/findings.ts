/** Findings with their places, ready to be reported in any format. */
import { join, relative } from 'node:path';
import {
  type Finding,
  formatPath,
  objectLabel,
  rules,
  schemaRules,
  type Severity,
  Validators,
} from '../../checks/index.js';
import type { Place as ConfigPlace } from '../../config/index.js';
import { type FileFinding, type LoadedUnit, type Place, placeIn, readLayer, type Read } from '../../manifests/index.js';
import type { KubernetesObject } from '../../model/index.js';
import { buildVariant, headerOf, type Plan, settingsOf, unitOf, type VariantFinding } from '../../plan/index.js';
import { folderOf, isDelivery } from '../../model/index.js';
import { buildModel } from '../../features/index.js';
import { finish } from '../../kustomize/index.js';
import { causeOf } from '../../trace/index.js';

export interface ReportedFinding {
  rule: string;
  severity: Severity;
  /** Kind/name; empty for what is wrong with a file itself. */
  object: string;
  /** Path in the object, or in the file. */
  path: string;
  message: string;
  /** What to do about this very finding. */
  hint?: string;
  /** What to do about findings of the rule. */
  fix: string;
  /** What is written there in the tree, or in the file. */
  place: Place | undefined;
  /** The field of registry.yaml that causes it. */
  cause?: { field: string; place: ConfigPlace | undefined };
  /** Other overlays that have it too. */
  others?: number;
}

/** Causes are looked for as long as a person reads on. */
const MOST_CAUSES = 30;

/**
 * Finds the places of a plan's findings: in the tree that it would write, and in registry.yaml.
 *
 * @param root the folder that the tree belongs in
 */
export async function locatePlanFindings(plan: Plan, root: string, file: string): Promise<ReportedFinding[]> {
  const read: Read = (path) => {
    const text = plan.files.get(path);
    if (text !== undefined) return { text };
    return [...plan.files.keys()].some((known) => known.startsWith(`${path}/`)) ? 'folder' : undefined;
  };
  const reported: ReportedFinding[] = plan.unused.map(({ message, path, ...place }) => ({
    rule: 'unused-exception',
    severity: 'warning',
    object: '',
    path,
    message,
    fix: ruleText('unused-exception').fix,
    place,
  }));
  for (const [index, finding] of plan.findings.entries()) {
    const place = placeIn(readLayer(folderOf(finding.variant), read), finding, read);
    reported.push({
      ...textOf(finding),
      place: place && { ...place, file: relative('.', join(root, place.file)) },
      ...(index < MOST_CAUSES && !isDelivery(finding.variant) ? { cause: await findCause(plan, finding, file) } : {}),
      ...(finding.others > 0 ? { others: finding.others } : {}),
    });
  }
  return reported;
}

async function findCause(
  plan: Plan,
  finding: VariantFinding,
  file: string,
): Promise<{ field: string; place: ConfigPlace | undefined } | undefined> {
  const { config } = plan;
  const settings = settingsOf(config, finding.variant);
  const validators = new Validators();
  await validators.load(
    buildVariant(config, finding.variant, file).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`),
  );
  const { recheck } = await import('../../checks/recheck.js');
  const cause = causeOf({
    config,
    variant: finding.variant,
    settings,
    finding,
    build: (changed) => finish(buildModel(changed), headerOf(file)),
    recheck: (objects, changed) =>
      recheck(
        { objects, ...unitOf(changed, buildModel(changed)), previous: previousOf(finding, objects) },
        finding.rule,
        validators,
      ),
  });
  if (!cause) return undefined;
  // A default is chosen where it is not stated: in the overlay, or at the top.
  const place =
    cause.place ?? (finding.variant === 'base' ? undefined : config.placeOf('base', ['overlays', finding.variant]));
  return {
    field:
      cause.place?.path ?? (finding.variant === 'base' ? cause.field : `overlays.${finding.variant}.${cause.field}`),
    place,
  };
}

/** The object as it was, under whatever name and in whatever namespace it is now. */
function previousOf({ previous }: VariantFinding, objects: readonly KubernetesObject[]): KubernetesObject[] {
  if (!previous) return [];
  return objects.filter(({ kind }) => kind === previous.kind).map(({ metadata }) => ({ ...previous, metadata }));
}

/** @returns the findings of a unit that was read from files, with their places there. */
export async function locateUnitFindings(unit: LoadedUnit, findings: readonly Finding[]): Promise<ReportedFinding[]> {
  return [
    ...unit.problems.map(tellFile),
    ...findings.map((finding) => ({ ...textOf(finding), place: unit.placeOf(finding) })),
  ];
}

function tellFile({ rule, severity, place, path, message, hint }: FileFinding): ReportedFinding {
  return { rule, severity, object: '', path, message, place, ...(hint ? { hint } : {}), fix: ruleText(rule).fix };
}

function textOf({ rule, severity, object, path, inner, message, hint }: Finding): Omit<ReportedFinding, 'place'> {
  return {
    rule,
    severity,
    object: objectLabel(object),
    path: [formatPath(path), ...(inner && inner.length > 0 ? [formatPath(inner)] : [])].filter(Boolean).join(': '),
    message,
    ...(hint ? { hint } : {}),
    fix: ruleText(rule).fix,
  };
}

/** @returns what is known of a rule. */
export function ruleText(id: string): { title: string; why: string; fix: string } {
  return (rules.find((rule) => rule.id === id) ?? schemaRules.find((rule) => rule.id === id))!;
}
