/**
 * Schedules and time zones as the CronJob controller takes them, odd forms included: registry.yaml is read more
 * strictly, by config/schedule.ts.
 *
 * @see https://github.com/robfig/cron/blob/v3.0.1/parser.go ParseStandard
 */
import { CRON_FIELDS, isTimeZone } from '../../../config/schedule.js';

/** A duration as Go writes it. */
export const GO_DURATION =
  /^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*)$/;

/** @returns whether text is a schedule of a CronJob. */
export function isSchedule(text: string): boolean {
  if (text.startsWith('@'))
    return (
      /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text) ||
      (text.startsWith('@every ') && GO_DURATION.test(text.slice('@every '.length)))
    );
  const fields = text.trim().split(/\s+/);
  // Empty items of a list are left out.
  return (
    fields.length === CRON_FIELDS.length &&
    fields.every((field, index) => field.split(',').every((part) => part === '' || isPart(part, CRON_FIELDS[index]!)))
  );
}

function isPart(part: string, { min, max, names = [] }: (typeof CRON_FIELDS)[number]): boolean {
  const [range, step, ...slashes] = part.split('/');
  const [low, high, ...hyphens] = range!.split('-');
  const isStar = low === '*' || low === '?';
  if (slashes.length > 0 || (step !== undefined && !(numberOf(step, [], 0) > 0))) return false;
  // What follows the asterisk of "*-5" is not looked at.
  if (isStar) return true;
  if (hyphens.length > 0) return false;
  const start = numberOf(low!, names, min);
  const end = high !== undefined ? numberOf(high, names, min) : step !== undefined ? max : start;
  return start >= min && end <= max && start <= end;
}

function numberOf(text: string, names: string[], first: number): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + first;
  const number = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  return number < 2 ** 63 ? number : Number.NaN;
}

/** Files that are beside the zones where a system has them, as posix/ and right/ are, and that ICU does not know. */
const FILES = new Set(['Factory', 'posixrules']);

/** @returns whether an API server finds a time zone of this name. */
export function isZone(name: string): boolean {
  return FILES.has(name) || isTimeZone(name.replace(/^(posix|right)\//, ''));
}
