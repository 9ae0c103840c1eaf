/** Retention that would remove what nobody meant. */
import type { Rule } from './rule.js';

export const garbageCollectionRules: readonly Rule[] = [
  {
    id: 'retention-limit',
    check({ settings: { gc }, report }) {
      if (!gc.enabled) return;
      for (const [index, { repositories, tags, ...limits }] of gc.retention.rules.entries())
        if (Object.keys(limits).length === 0)
          report(
            `gc.retention.rules.${index}`,
            `would remove every tag that matches ${tags.join(', ')} in ${repositories.join(', ')}; add keepNewest, keepTags, keepPushedWithin or deleteOlderThan, or remove the rule`,
          );
    },
  },
  {
    id: 'retention-reached',
    check({ settings: { gc }, report }) {
      if (!gc.enabled) return;
      const { rules } = gc.retention;
      const all = rules.findIndex(({ repositories }) => repositories.includes('**'));
      if (all >= 0 && all < rules.length - 1)
        report(
          `gc.retention.rules.${all + 1}`,
          `has no effect: the first rule that matches a repository is the one for it, and gc.retention.rules[${all}] matches all (**); put that one last, or remove this one`,
        );
    },
  },
];
