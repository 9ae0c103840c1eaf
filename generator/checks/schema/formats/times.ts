/** Times, durations and schedules. */
import type { Format } from './format.js';
import { GO_DURATION, isSchedule, isZone } from './schedules.js';

const RFC3339 =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
/** Times of leases and events: six digits after the second, no more and no fewer. */
const MICRO_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** As Go reads it: a day that its month has, and no leap second. */
function isTime(value: string): boolean {
  return RFC3339.test(value) && isDate(value.slice(0, 10));
}

function isDate(value: string): boolean {
  const [year, month, day] = value.split('-').map(Number) as [number, number, number];
  return (
    /^\d{4}-\d\d-\d\d$/.test(value) &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(2000, month, 0)).getUTCDate() &&
    !(month === 2 && day === 29 && !isLeap(year))
  );
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export const times: Record<string, Format> = {
  'date-time': { test: isTime, expected: 'a time such as 2025-01-31T08:00:00Z' },
  'micro-time': {
    test: (value) => MICRO_TIME.test(value) && isDate(value.slice(0, 10)),
    expected: 'a time with six digits after the second such as 2025-01-31T08:00:00.000000Z',
  },
  date: { test: isDate, expected: 'a date such as 2025-01-31' },
  duration: {
    test: (value) =>
      GO_DURATION.test(value) || /^\d+ *(ns|us|µs|ms|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s?$/i.test(value),
    expected: 'a duration such as 30s, 5m or 1h30m',
  },
  'go-duration': { test: (value) => GO_DURATION.test(value), expected: 'a duration such as 30s, 5m or 1h30m' },
  cron: { test: isSchedule, expected: 'a cron schedule such as "17 3 * * 0"' },
  'time-zone': { test: isZone, expected: 'a time zone such as Etc/UTC' },
};
