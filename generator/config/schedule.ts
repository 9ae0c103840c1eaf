/** When a CronJob runs: schedules, and the time zones that they are in. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** What cron's five fields take. */
export const CRON_FIELDS: { min: number; max: number; names?: string[] }[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

/** Accepts what the parser of the CronJob controller accepts (github.com/robfig/cron v3, ParseStandard): Sunday is 0, never 7. */
export function isCron(value: string): boolean {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(value)) return true;
  const fields = value.split(/\s+/);
  return (
    fields.length === CRON_FIELDS.length &&
    fields.every((field, index) => field.split(',').every((part) => isCronPart(part, CRON_FIELDS[index]!)))
  );
}

function isCronPart(part: string, { min, max, names = [] }: (typeof CRON_FIELDS)[number]): boolean {
  const match = /^(?:[*?]|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
  if (!match) return false;
  const [, from, to, step] = match;
  const number = (text: string): number => {
    const named = names.indexOf(text.toLowerCase());
    return named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const inRange = (text: string | undefined): boolean =>
    text === undefined || (number(text) >= min && number(text) <= max);
  if (!inRange(from) || !inRange(to)) return false;
  if (from !== undefined && to !== undefined && number(from) > number(to)) return false;
  return step === undefined || Number(step) > 0;
}

/** Answers are kept: to load the tables of time zones takes as long as a fifth of a whole run. */
const timeZones = new Map([
  ['Etc/UTC', true],
  ['UTC', true],
]);

export function isTimeZone(value: string): boolean {
  if (!timeZones.has(value)) timeZones.set(value, isKnownTimeZone(value));
  return timeZones.get(value)!;
}

/** Names that ICU keeps of old, and the tz database has no more. */
const ICU_ONLY =
  /^(A[CEGRS]T|B[ES]T|C[ANST]T|EAT|ECT|I[ES]T|JST|MIT|N[ES]T|P[LNRS]T|[SV]ST|SystemV\/.+|US\/Pacific-New|Canada\/East-Saskatchewan)$/;

function isKnownTimeZone(value: string): boolean {
  // Intl takes any case; Go's time.LoadLocation, which Kubernetes uses, reads files named in this one.
  if (!/^[A-Z][A-Za-z0-9+-]*(\/[A-Z][\w+-]*)*$/.test(value) || value === 'Local' || ICU_ONLY.test(value)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions();
    return timeZone === value || timeZone.toLowerCase() !== value.toLowerCase();
  } catch {
    return false;
  }
}
