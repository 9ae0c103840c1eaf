/** Which tags are no longer wanted, by the rules that registry.yaml gives. */
import type { Repository } from './snapshot.mjs';

/** Globs: `*` for what contains no slash, `**` for anything, `?` for one character. Durations: `12h`, `30d`, `4w`. */
export interface Rule {
  /** The first rule with a glob that a repository matches is the one for it. */
  repositories: string[];
  /** Tags that it may remove; absent: all. */
  tags?: string[];
  keepNewest?: number;
  keepTags?: string[];
  keepPushedWithin?: string;
  /** Absent: at any age. */
  deleteOlderThan?: string;
}

const DURATION = /^(\d+)([hdw])$/;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const LISTS = ['repositories', 'tags', 'keepTags'] as const;
const DURATIONS = ['keepPushedWithin', 'deleteOlderThan'] as const;

/** @throws where it is not what the generator writes: what is not understood must not remove anything */
export function parseRules(text: string): Rule[] {
  const rules: unknown = JSON.parse(text);
  if (!Array.isArray(rules)) throw new Error('expected a list of rules');
  for (const [index, rule] of rules.entries()) {
    const problem = problemOf(rule);
    if (problem) throw new Error(`rule ${index + 1}: ${problem}`);
  }
  return rules as Rule[];
}

/** @returns what is wrong with a rule; undefined: nothing */
function problemOf(rule: unknown): string | undefined {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return 'expected an object';
  const fields = rule as Record<string, unknown>;
  const known = new Set<string>([...LISTS, ...DURATIONS, 'keepNewest']);
  const unknown = Object.keys(fields).find((name) => !known.has(name));
  if (unknown !== undefined) return `${unknown} is not known`;
  for (const name of LISTS) {
    const globs = fields[name];
    if (globs === undefined && name !== 'repositories') continue;
    if (!Array.isArray(globs) || globs.length === 0 || !globs.every((glob) => typeof glob === 'string' && glob !== ''))
      return `${name}: expected a list of globs`;
  }
  for (const name of DURATIONS)
    if (fields[name] !== undefined && !isDuration(fields[name]))
      return `${name}: expected a duration, such as 12h, 30d or 4w`;
  const { keepNewest, keepTags, keepPushedWithin, deleteOlderThan } = fields as unknown as Rule;
  if (keepNewest !== undefined && !(Number.isInteger(keepNewest) && keepNewest > 0))
    return 'keepNewest: expected a number from 1 on';
  const limits = [keepNewest, keepTags, keepPushedWithin, deleteOlderThan];
  if (limits.every((limit) => limit === undefined))
    return 'it has no keepNewest, keepTags, keepPushedWithin or deleteOlderThan, and would remove every tag';
  return undefined;
}

function isDuration(value: unknown): value is string {
  return typeof value === 'string' && DURATION.test(value);
}

/**
 * @param isOwn whether a tag is an image's own, and none that follows another image, such as a signature's
 * @param now milliseconds since 1970
 * @returns tag -> why it goes
 */
export function expiredTags(
  repository: Repository,
  rules: readonly Rule[],
  isOwn: (tag: string) => boolean,
  now: number,
): Map<string, string> {
  const expired = new Map<string, string>();
  const rule = rules.find(({ repositories }) => matches(repositories, repository.name));
  if (!rule) return expired;
  const tags = [...repository.tags]
    .filter(([tag]) => isOwn(tag) && matches(rule.tags ?? ['**'], tag))
    .sort(([a, { time: left }], [b, { time: right }]) => right - left || (a < b ? 1 : -1));
  for (const [index, [tag, { time }]] of tags.entries()) {
    const age = now - time;
    const isKept =
      index < (rule.keepNewest ?? 0) ||
      matches(rule.keepTags ?? [], tag) ||
      (rule.keepPushedWithin !== undefined && age <= milliseconds(rule.keepPushedWithin)) ||
      (rule.deleteOlderThan !== undefined && age <= milliseconds(rule.deleteOlderThan));
    if (!isKept) expired.set(tag, reasonOf(rule, time));
  }
  return expired;
}

function reasonOf({ keepNewest, keepTags, keepPushedWithin, deleteOlderThan }: Rule, time: number): string {
  const reasons = [
    ...(deleteOlderThan ? [`older than ${deleteOlderThan}`] : []),
    ...(keepNewest ? [`not among the newest ${keepNewest}`] : []),
    ...(keepTags ? [`none of ${keepTags.join(', ')}`] : []),
    ...(keepPushedWithin ? [`not pushed within ${keepPushedWithin}`] : []),
  ];
  return `pushed ${new Date(time).toISOString()}: ${reasons.join(', ')}`;
}

function milliseconds(duration: string): number {
  const [, count, unit] = DURATION.exec(duration)!;
  return Number(count) * UNITS[unit!]!;
}

function matches(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => matcher(glob).test(name));
}

function matcher(glob: string): RegExp {
  const pattern = glob.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) =>
    part === '**' ? '.*' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : `\\${part}`,
  );
  return new RegExp(`^${pattern}$`);
}
