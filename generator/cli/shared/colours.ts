import picocolors from 'picocolors';

const { NO_COLOR, TERM } = process.env;

/** Colours on a terminal only: a CI's log and a file get plain text. See https://no-color.org */
export const colours = picocolors.createColors(process.stdout.isTTY && !NO_COLOR && TERM !== 'dumb');
