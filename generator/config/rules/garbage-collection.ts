/** Retention that would remove what nobody meant, or that does not do what it says. */
import type { RetentionRule } from '../settings.js';
import type { Rule } from './rule.js';

const HOURS: Record<string, number> = { h: 1, d: 24, w: 168 };

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
      for (const [index, { repositories }] of rules.entries())
        for (const [number, glob] of repositories.entries()) {
          const earlier = rules
            .slice(0, index)
            .flatMap((rule, at) => rule.repositories.map((other) => ({ at, other })));
          const first = earlier.find(({ other }) => covers(other, glob));
          if (first === undefined) continue;
          const { at, other } = first;
          const what = other === glob ? 'has it too' : `matches all of it (${other})`;
          const remedy = other === glob ? 'make one rule of the two' : 'put this rule before that one';
          report(
            `gc.retention.rules.${index}.repositories.${number}`,
            `has no effect: the first rule that matches a repository is the one for it, and gc.retention.rules[${at}] ${what}; ${remedy}, or remove it here`,
          );
        }
    },
  },
  {
    id: 'retention-host',
    check({ settings: { gc, host }, report }) {
      if (!gc.enabled) return;
      for (const [index, { repositories }] of gc.retention.rules.entries())
        for (const [number, glob] of repositories.entries()) {
          const [first, ...rest] = glob.split('/');
          if (rest.length > 0 && isHost(first!, host))
            report(
              `gc.retention.rules.${index}.repositories.${number}`,
              `matches nothing: ${first} is a host, and a repository's name begins after it; write "${rest.join('/')}"`,
            );
        }
    },
  },
  {
    id: 'retention-effect',
    check({ settings: { gc }, report }) {
      if (!gc.enabled) return;
      const { rules } = gc.retention;
      for (const [index, rule] of rules.entries()) {
        const at = `gc.retention.rules.${index}`;
        // Before other rules, it is how to keep some repositories out of those.
        if (index === rules.length - 1 && keepsAll(rule))
          report(
            `${at}.keepTags`,
            'keeps every tag that the rule is about, so it removes none; name only those to keep, or remove the rule',
          );
        const [shorter, longer] = byLength(rule);
        if (longer !== undefined)
          report(
            `${at}.${shorter!.field}`,
            `has no effect beside ${longer.field}, which keeps tags for ${longer.age}; remove one of the two`,
          );
        for (const { field, age } of agesOf(rule))
          if (hoursOf(age) * 3600 < gc.graceSeconds)
            report(
              `${at}.${field}`,
              `has no effect: it is shorter than gc.graceSeconds (${gc.graceSeconds} s), for which everything stays; raise it, or lower gc.graceSeconds`,
            );
      }
    },
  },
];

/** Whether a pattern certainly matches all that another one does. False may mean that this is not plain to see. */
function covers(glob: string, other: string): boolean {
  if (glob === other || glob === '**') return true;
  const [, before, stars] = /^(|.*\/)(\*\*?)$/.exec(glob) ?? [];
  if (before === undefined || !other.startsWith(before)) return false;
  return stars === '**' || !/\/|\*\*/.test(other.slice(before.length));
}

/** Whether a name is that of this registry, or of its domain. Others with a dot are what mirrors call their repositories: docker.io/**. */
function isHost(name: string, host: string): boolean {
  const domain = host.split('.').slice(-2).join('.');
  return domain.includes('.') && (name === domain || name.endsWith(`.${domain}`));
}

function keepsAll({ tags, keepTags = [] }: RetentionRule): boolean {
  // A tag has no slash, so both mean any.
  return keepTags.some((glob) => glob === '**' || glob === '*') || tags.every((glob) => keepTags.includes(glob));
}

interface Age {
  field: 'keepPushedWithin' | 'deleteOlderThan';
  age: string;
}

function agesOf(rule: RetentionRule): Age[] {
  return (['keepPushedWithin', 'deleteOlderThan'] as const).flatMap((field) => {
    const age = rule[field];
    return age === undefined ? [] : [{ field, age }];
  });
}

/** @returns the shorter of two ages, and the longer one: a tag is kept until it is older than both */
function byLength(rule: RetentionRule): Age[] {
  return agesOf(rule).sort((one, other) => hoursOf(one.age) - hoursOf(other.age));
}

function hoursOf(age: string): number {
  return Number(age.slice(0, -1)) * HOURS[age.at(-1)!]!;
}
