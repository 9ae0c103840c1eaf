import type { Change } from '../../tree/index.js';
import type { Plan } from '../../plan/index.js';
import type { EarlierTree } from './earlier-tree.js';
import type { ReportedFinding } from './findings.js';

/** A plan's findings in order, and as text; whether one of them is an error. */
export interface ReportedFindings {
  findings: ReportedFinding[];
  text: string;
  failed: boolean;
}

/** Looks for places and causes only where there is something to reportAt: mostly there is nothing, and nothing is loaded. */
export async function findingsOf(plan: Plan, root: string, file: string): Promise<ReportedFindings> {
  if (plan.findings.length === 0 && plan.unused.length === 0) return { findings: [], text: '', failed: false };
  const [{ locatePlanFindings }, { asText, hasErrors, sorted }] = await Promise.all([
    import('./findings.js'),
    import('./formats.js'),
  ]);
  const findings = sorted(await locatePlanFindings(plan, root, file));
  return { findings, text: asText(findings), failed: hasErrors(findings) };
}

/** @returns what the changes to a tree ask of objects that the cluster may have: for a new tree, nothing */
export async function reportInPlaceChanges(
  plan: Plan,
  root: string,
  file: string,
  tree: EarlierTree,
  changes: Change[],
): Promise<ReportedFindings> {
  const findings = changes.some(({ kind }) => kind === 'changed')
    ? (await import('./immutable-changes.js')).changesInPlace(plan, file, tree, changes)
    : [];
  return findingsOf({ ...plan, findings, unused: [] }, root, file);
}
