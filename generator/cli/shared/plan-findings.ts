import type { Plan } from '../../plan/plan.js';
import type { ToldFinding } from './findings.js';

/** A plan's findings in order, and as text; whether one of them is an error. */
export interface Told {
  findings: ToldFinding[];
  text: string;
  failed: boolean;
}

/** Looks for places and causes only where there is something to tell: mostly there is nothing, and nothing is loaded. */
export async function toldOf(plan: Plan, root: string, file: string): Promise<Told> {
  if (plan.findings.length === 0 && plan.unused.length === 0) return { findings: [], text: '', failed: false };
  const [{ tellPlan }, { asText, hasErrors, sorted }] = await Promise.all([
    import('./findings.js'),
    import('./formats.js'),
  ]);
  const findings = sorted(await tellPlan(plan, root, file));
  return { findings, text: asText(findings), failed: hasErrors(findings) };
}
