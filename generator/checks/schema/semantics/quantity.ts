/**
 * What Kubernetes makes of a quantity: an exact number of billionths, rounded up.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
 */

const NANOS = 10n ** 9n;
/** Quantities in powers of two end here, as 64 bits do. */
const MAX_BINARY = (2n ** 63n - 1n) * NANOS;
/** No quantity that means anything has more digits, and a power of ten that is written in six characters would fill the memory. */
const MAX_EXPONENT = 400;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** How a quantity is written, which Kubernetes keeps: 1024Ki, 1M, 1e3. */
export type QuantityStyle = 'decimal' | 'binary' | 'exponent';

interface Parts {
  digits: bigint;
  decimals: number;
  negative: boolean;
  suffix: string;
}

function partsOf(value: unknown): Parts | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(String(value).trim());
  if (!match) return undefined;
  const [, sign, whole = '', decimals = '', suffix = ''] = match;
  return { digits: BigInt(`${whole}${decimals}` || '0'), decimals: decimals.length, negative: sign === '-', suffix };
}

function styleOfSuffix(suffix: string): QuantityStyle {
  if (suffix.endsWith('i')) return 'binary';
  return /^[eE]./.test(suffix) ? 'exponent' : 'decimal';
}

/** @returns how a quantity is written. */
export function quantityStyle(value: unknown): QuantityStyle {
  return styleOfSuffix(partsOf(value)?.suffix ?? '');
}

/** @returns a quantity in billionths of its base unit; 0 where it is none. */
export function nanosOf(value: unknown): bigint {
  const parts = partsOf(value);
  if (!parts) return 0n;
  const { digits, decimals, negative, suffix } = parts;
  const style = styleOfSuffix(suffix);
  const size =
    style === 'binary'
      ? binarySize(digits, decimals, suffix)
      : decimalSize(
          digits,
          decimals,
          style === 'exponent' ? Number(suffix.slice(1)) : (DECIMAL.indexOf(suffix) - 3) * 3,
        );
  return negative ? -size : size;
}

function binarySize(digits: bigint, decimals: number, suffix: string): bigint {
  const size = divideUp(digits * 2n ** BigInt(BINARY.indexOf(suffix) * 10) * NANOS, 10n ** BigInt(decimals));
  return size > MAX_BINARY ? MAX_BINARY : size;
}

function decimalSize(digits: bigint, decimals: number, exponent: number): bigint {
  const shift = Math.min(Math.max(exponent, -MAX_EXPONENT), MAX_EXPONENT) + 9 - decimals;
  return shift >= 0 ? digits * 10n ** BigInt(shift) : divideUp(digits, 10n ** BigInt(-shift));
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** @returns a quantity in thousandths, rounded up: in a list of resources Kubernetes keeps no more of it. */
export function milliOf(value: unknown): bigint {
  const nanos = nanosOf(value);
  return nanos < 0n ? -divideUp(-nanos, 10n ** 6n) : divideUp(nanos, 10n ** 6n);
}

/** @returns a quantity in its base unit, rounded up to a whole number. */
export function wholeOf(value: unknown): bigint {
  return divideUp(nanosOf(value), NANOS);
}

/** @returns a quantity in its base unit. Equal quantities give equal numbers, however they are written. */
export function quantityOf(value: unknown): number {
  const nanos = nanosOf(value);
  return Number(nanos / NANOS) + Number(nanos % NANOS) / Number(NANOS);
}
