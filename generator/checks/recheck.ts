import type { Finding } from './finding.js';
import type { Unit } from './index.js';
import { rules } from './rules/index.js';
import { checkSchemas, type Validators } from './schema/index.js';
import { View } from './unit/view.js';

/** @returns the findings of one rule, without loading anything: for asking again and again. */
export function recheck(
  { objects, target, externals, previous }: Unit,
  rule: string,
  validators: Validators,
): Finding[] {
  const own = rules.find(({ id }) => id === rule);
  if (!own) return checkSchemas(objects, target, validators, previous).filter((finding) => finding.rule === rule);
  const findings: Finding[] = [];
  const view = new View(objects, { externals, scopeOf: (id) => validators.scopeOf(id) });
  own.check(view, (object, path, message, more = {}) =>
    findings.push({ rule, severity: own.severity, object: view.written(object), path, message, ...more }),
  );
  return findings;
}
