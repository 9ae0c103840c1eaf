import { canBeIgnored, rules, schemaRules, type Severity, type Used, withoutExceptions } from '../../checks/index.js';
import type { Place } from '../../config/index.js';
import { buildModel } from '../../features/index.js';
import { makePlan, unitOf, type VariantFinding } from '../../plan/index.js';
import { colours } from '../shared/colours.js';
import type { Here } from './here.js';
import { section } from './text.js';
import type { ReportedFinding } from '../shared/findings.js';
import { placeOf, readBeside } from '../shared/input.js';
import { asText } from '../shared/formats.js';

/** An exception from a rule, in registry.yaml. */
interface Exception {
  /** The rule, or the rule and an object. */
  key: string;
  reason: string;
  place: Place;
  /** Whether anything breaks the rule where it holds. */
  needed: boolean;
}

/** All that there is to say of a rule. */
export interface RuleAnswer {
  kind: 'rule';
  id: string;
  severity: Severity;
  title: string;
  why: string;
  fix: string;
  canBeIgnored: boolean;
  /** Null: there is no registry.yaml here. */
  here: { broken: ReportedFinding[]; excepted: ReportedFinding[]; exceptions: Exception[] } | null;
}

/** @param here undefined: there is no registry.yaml to look at */
export async function explainRule(id: string, here: Here | undefined): Promise<RuleAnswer> {
  const { severity, title, why, fix } = [...rules, ...schemaRules].find((rule) => rule.id === id)!;
  return {
    kind: 'rule',
    id,
    severity,
    title,
    why,
    fix,
    canBeIgnored: canBeIgnored(id),
    here: here ? await lookHere(id, here) : null,
  };
}

async function lookHere(id: string, { whatIf, variants, validators, bytes, file }: Here): Promise<RuleAnswer['here']> {
  const { recheck } = await import('../../checks/recheck.js');
  const broken: VariantFinding[] = [];
  const excepted: VariantFinding[] = [];
  const exceptions = new Map<string, Exception>();
  for (const variant of variants) {
    const settings = whatIf.settings(variant);
    const objects = whatIf.objects(variant);
    await validators.addKindsOf(objects);
    await validators.load(objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
    const unit = unitOf(settings, buildModel(settings));
    const used: Used = new Set();
    const all = recheck({ objects, ...unit }, id, validators);
    const open = new Set(withoutExceptions(all, unit.exceptions, used));
    for (const finding of all) (open.has(finding) ? broken : excepted).push({ ...finding, variant, others: 0 });
    for (const [key, reason] of Object.entries(settings.checks.ignore)) {
      const place = key.split(' ')[0] === id ? whatIf.placeOf(variant, ['checks', 'ignore', key]) : undefined;
      if (!place) continue;
      const at = `${place.line}:${place.column}`;
      exceptions.set(at, { key, reason, place, needed: used.has(key) || (exceptions.get(at)?.needed ?? false) });
    }
  }
  const { locatePlanFindings } = await import('../shared/findings.js');
  const { folded, sorted } = await import('../shared/formats.js');
  const plan = await makePlan(bytes, file, { readBeside: readBeside(file) });
  const { root } = placeOf({ config: file });
  const reported = async (findings: VariantFinding[]): Promise<ReportedFinding[]> =>
    sorted(folded(await locatePlanFindings({ ...plan, findings, unused: [] }, root, file)));
  return { broken: await reported(broken), excepted: await reported(excepted), exceptions: [...exceptions.values()] };
}

/** @returns the answer for a person. */
export function ruleAnswerText({ id, severity, title, why, fix, canBeIgnored: ignorable, here }: RuleAnswer): string {
  const lines = (findings: readonly ReportedFinding[]): string[] =>
    asText(findings.map((finding) => ({ ...finding, fix: '' })))
      .trimEnd()
      .split('\n')
      .filter(Boolean);
  return [
    `${colours.bold(id)}: ${severity === 'error' ? 'an error' : 'a warning'} where it is broken`,
    `  ${title}`,
    ...section('Why', [why]),
    ...section('What to do', [
      fix,
      ignorable
        ? 'An exception, with its reason: checks.ignore in registry.yaml.'
        : 'No exception can be made: the API server, or kustomize, refuses what breaks it.',
    ]),
    ...(here
      ? section(
          'Here',
          here.broken.length > 0
            ? lines(here.broken)
            : [here.excepted.length > 0 ? 'Only where there is an exception.' : 'Nothing breaks it.'],
        )
      : []),
    ...(here ? section('Broken, with an exception', lines(here.excepted)) : []),
    ...(here
      ? section(
          'Exceptions',
          here.exceptions.map(
            ({ key, reason, place, needed }) =>
              `${place.file}:${place.line}:${place.column}: ${key}: ${reason}${needed ? '' : ' (nothing needs it any more)'}`,
          ),
        )
      : []),
    '',
  ].join('\n');
}
