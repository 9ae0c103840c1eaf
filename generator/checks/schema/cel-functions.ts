/**
 * The functions that Kubernetes adds to CEL, as far as custom resources use them. URLs are text and quantities numbers
 * here: CEL rules only ask them questions.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-cel-libraries
 */
import { celFunc, celMethod, CelScalar, listType } from '@bufbuild/cel';
import { formats } from './formats.js';
import { quantityOf } from './semantics/pod.js';

const { STRING, BOOL, INT, DOUBLE, DYN } = CelScalar;
const STRINGS = listType(STRING);
const ANY_LIST = listType(DYN);

/** Go's url.ParseRequestURI: absolute, or a path. */
function parseUrl(text: string): URL | undefined {
  if (!/^([A-Za-z][A-Za-z0-9+.-]*:|\/)/.test(text) || /[\s\p{Cc}]/u.test(text)) return undefined;
  try {
    return new URL(text, 'path:///');
  } catch {
    return undefined;
  }
}

function urlOf(text: string): URL {
  const url = parseUrl(text);
  if (!url) throw new Error(`${text} is no URL`);
  return url;
}

const part = (name: string, read: (url: URL) => string) => celMethod(name, STRING, [], STRING, function (this: string) {
  return read(urlOf(this));
});

function compared(name: string, holds: (a: number, b: number) => boolean) {
  return celMethod(name, DOUBLE, [DOUBLE], BOOL, function (this: number, other: number) {
    return holds(this, other);
  });
}

export const kubernetesFunctions = [
  celFunc('isURL', [STRING], BOOL, (text) => parseUrl(text) !== undefined),
  celFunc('url', [STRING], STRING, (text) => (urlOf(text), text)),
  part('getScheme', ({ protocol }) => (protocol === 'path:' ? '' : protocol.replace(/:$/, ''))),
  part('getHost', ({ host }) => host),
  part('getHostname', ({ hostname }) => hostname.replace(/^\[|\]$/g, '')),
  part('getPort', ({ port }) => port),
  part('getEscapedPath', ({ pathname }) => pathname),
  celMethod('find', STRING, [STRING], STRING, function (this: string, pattern: string) {
    return new RegExp(pattern).exec(this)?.[0] ?? '';
  }),
  celMethod('findAll', STRING, [STRING], STRINGS, function (this: string, pattern: string) {
    return [...this.matchAll(new RegExp(pattern, 'g'))].map(([text]) => text);
  }),
  celMethod('isSorted', ANY_LIST, [], BOOL, function (this: Iterable<unknown>) {
    const values = [...this] as (string | bigint | number)[];
    return values.every((value, index) => index === 0 || values[index - 1]! <= value);
  }),
  celFunc('isQuantity', [STRING], BOOL, (text) => formats['quantity']!(text)),
  celFunc('quantity', [STRING], DOUBLE, (text) => quantityOf(text)),
  compared('isGreaterThan', (a, b) => a > b),
  compared('isLessThan', (a, b) => a < b),
  celMethod('compareTo', DOUBLE, [DOUBLE], INT, function (this: number, other: number) {
    return BigInt(Math.sign(this - other));
  }),
  celMethod('sign', DOUBLE, [], INT, function (this: number) {
    return BigInt(Math.sign(this));
  }),
  celFunc('isIP', [STRING], BOOL, (text) => formats['ip']!(text)),
  celFunc('isCIDR', [STRING], BOOL, (text) => formats['cidr']!(text)),
];
