/** The rules, as docs/reference/checks.md has them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canBeIgnored, type Rule, rules, type SchemaRule, schemaRules } from '../../generator/checks/index.js';

const EXAMPLES = 'tests/checks/rules';

/** @returns the rules of a group, each with what goes wrong, what to do, and its two examples. */
export function ruleText(group: 'reference' | 'safety' | 'schema'): string {
  const own: readonly (Rule | SchemaRule)[] =
    group === 'schema' ? schemaRules : rules.filter((rule) => rule.group === group);
  return own
    .map(({ id, severity, title, why, fix }) =>
      [
        '',
        `### ${id}`,
        '',
        `**${title}**${severity === 'warning' ? ' (a warning)' : ''}`,
        '',
        why,
        '',
        fix,
        '',
        `Examples: ${example(id, 'fails')}, ${example(id, 'passes')}.${canBeIgnored(id) ? '' : ' No exception can be made.'}`,
        '',
      ].join('\n'),
    )
    .join('');
}

function example(id: string, which: 'fails' | 'passes'): string {
  const path = [`${EXAMPLES}/${id}.${which}.yaml`, `${EXAMPLES}/${id}.${which}/kustomization.yaml`].find((file) =>
    existsSync(join(import.meta.dirname, '../..', file)),
  );
  if (!path) throw new Error(`${id} has no example that ${which}`);
  return `[one that ${which}](../../${path})`;
}
