// Generated from registry.yaml: change that, then run `npm run generate`.
const UNITS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** @throws where it is not what the generator writes: what is not understood must not remove anything */
export function parseRules(text) {
  const rules = JSON.parse(text);
  for (const rule of rules) {
    const { repositories, tags, keepNewest, keepTags, keepPushedWithin, deleteOlderThan, ...others } = rule;
    const [unknown] = Object.keys(others);
    if (unknown)
      throw new Error(`a rule of retention has a field that is not known: ${unknown}`);
    for (const globs of [repositories, tags ?? [], keepTags ?? []])
      globs.map(matcher);
    for (const duration of [keepPushedWithin, deleteOlderThan])
      if (duration)
        milliseconds(duration);
    const limits = [keepNewest, keepTags?.[0], keepPushedWithin, deleteOlderThan];
    if (limits.every((limit) => limit === undefined))
      throw new Error('a rule of retention keeps nothing');
    if (keepNewest !== undefined && !(Number.isInteger(keepNewest) && keepNewest > 0))
      throw new Error(`keepNewest is ${keepNewest}`);
  }
  return rules;
}

/**
 * @param isOwn whether a tag is an image's own, and none that follows another image, such as a signature's
 * @param now milliseconds since 1970
 * @returns tag -> why it goes
 */
export function expiredTags(repository, rules, isOwn, now) {
  const expired = new Map();
  const rule = rules.find(({ repositories }) => matches(repositories, repository.name));
  if (!rule)
    return expired;
  const tags = [...repository.tags]
    .filter(([tag]) => isOwn(tag) && matches(rule.tags ?? ['**'], tag))
    .sort(([a, { time: left }], [b, { time: right }]) => right - left || (a < b ? 1 : -1));
  for (const [index, [tag, { time }]] of tags.entries()) {
    const age = now - time;
    const isKept = index < (rule.keepNewest ?? 0) ||
      matches(rule.keepTags ?? [], tag) ||
      (rule.keepPushedWithin !== undefined && age <= milliseconds(rule.keepPushedWithin)) ||
      (rule.deleteOlderThan !== undefined && age <= milliseconds(rule.deleteOlderThan));
    if (!isKept)
      expired.set(tag, reasonOf(rule, time));
  }
  return expired;
}

function reasonOf({ keepNewest, keepTags, keepPushedWithin, deleteOlderThan }, time) {
  const reasons = [
    ...(deleteOlderThan ? [`older than ${deleteOlderThan}`] : []),
    ...(keepNewest ? [`not among the newest ${keepNewest}`] : []),
    ...(keepTags ? [`none of ${keepTags.join(', ')}`] : []),
    ...(keepPushedWithin ? [`not pushed within ${keepPushedWithin}`] : []),
  ];
  return `pushed ${new Date(time).toISOString()}: ${reasons.join(', ')}`;
}

function milliseconds(duration) {
  const [, count, unit] = /^(\d+)([hdw])$/.exec(duration) ?? [];
  if (!unit)
    throw new Error(`${duration} is no duration, such as 12h, 30d or 4w`);
  return Number(count) * UNITS[unit];
}

function matches(globs, name) {
  return globs.some((glob) => matcher(glob).test(name));
}

function matcher(glob) {
  const pattern = glob.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) => part === '**' ? '.*' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : `\\${part}`);
  return new RegExp(`^${pattern}$`);
}
