/** Quantities, percentages, paths, and other text. */
import type { Format } from './format.js';

// Quantities, and they alone, may have spaces around them.
const QUANTITY = /^\s*[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?\s*$/;

export const texts: Record<string, Format> = {
  quantity: { test: (value) => QUANTITY.test(value), expected: 'a quantity such as 500m, 2 or 1Gi' },
  'positive-quantity': {
    test: (value) => QUANTITY.test(value) && (!value.trimStart().startsWith('-') || Number.parseFloat(value) === 0),
    expected: 'a quantity such as 500m, 2 or 1Gi, not below 0',
  },
  byte: {
    test: (value) =>
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, '')),
    expected: 'text in base64',
  },
  'absolute-path': { test: (value) => value.startsWith('/'), expected: 'an absolute path' },
  'local-path': {
    test: (value) => !value.startsWith('/') && !value.split('/').includes('..'),
    expected: 'a relative path without ".."',
  },
  'no-backsteps': { test: (value) => !value.split('/').includes('..'), expected: 'a path without ".."' },
  percent: { test: (value) => /^\d+%$/.test(value), expected: 'a number or a percentage such as 25%' },
  'count-or-percent': { test: (value) => /^\d+%$/.test(value), expected: 'a number or a percentage such as 25%' },
  filled: { test: (value) => value.trim() !== '', expected: 'text that is not empty' },
  trimmed: { test: (value) => value === value.trim(), expected: 'text without spaces around it' },
};
