/**
 * The functions that Kubernetes adds to CEL, as far as custom resources use them. URLs are text and quantities numbers
 * here: CEL rules only ask them questions.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-cel-libraries
 */
import { celFunc, celMethod, CelScalar, listType } from '@bufbuild/cel';
import { formats } from './formats/index.js';
import { quantityOf } from './semantics/quantity.js';

const { STRING, BOOL, INT, DOUBLE, DYN } = CelScalar;
const STRINGS = listType(STRING);
const ANY_LIST = listType(DYN);

interface Url {
  scheme: string;
  /** Host and port. */
  host: string;
  path: string;
}

/** Go's url.ParseRequestURI, which takes an absolute URL or path, and is less strict than a browser. */
function parseUrl(text: string): Url | undefined {
  const [whole, scheme = '', , authority = '', path = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(\/\/([^/?]*))?([^?]*)/.exec(text)!;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const isWhole = (scheme !== '' && whole.length > scheme.length + 1) || path.startsWith('/');
  const isSound =
    !/[\s\p{Cc}]/u.test(text) && !/%(?![0-9A-Fa-f]{2})/.test(path) && /^(\[[^\]]*\]|[^:[\]]*)(:\d*)?$/.test(host);
  return isWhole && isSound ? { scheme: scheme.toLowerCase(), host, path } : undefined;
}

function urlOf(text: string): Url {
  const url = parseUrl(text);
  if (!url) throw new Error(`${text} is no URL`);
  return url;
}

const part = (name: string, read: (url: Url) => string) =>
  celMethod(name, STRING, [], STRING, function (this: string) {
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
  part('getScheme', ({ scheme }) => scheme),
  part('getHost', ({ host }) => host),
  part('getHostname', ({ host }) => host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '')),
  part('getPort', ({ host }) => /:(\d*)$/.exec(host)?.[1] ?? ''),
  part('getEscapedPath', ({ path }) => path),
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
