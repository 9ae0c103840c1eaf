import picocolors from 'picocolors';

const { NO_COLOR, TERM } = process.env;

/** Colours on a terminal only: a CI log and a file get plain text. Not undefined, as isTTY is there: that asks for the default, colours in CI. See https://no-color.org */
export const colours = picocolors.createColors(Boolean(process.stdout.isTTY) && !NO_COLOR && TERM !== 'dumb');
