const UNITS: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * @param text a Kubernetes quantity such as 100Gi, 500m or 0.5
 * @returns its value in the base unit (bytes, cores), or undefined where it is no quantity
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)([mkMGTPE]|[KMGTPE]i)?$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] ?? '']! : undefined;
}

const DECIMAL = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Writes a quantity as the API server keeps it, so that nobody who compares texts sees drift: 1024Mi is 1Gi, 0.5 is 500m.
 *
 * @param text a Kubernetes quantity, one that `parseQuantity` takes
 * @returns the same amount, with the largest unit in which it is a whole number; less than a thousandth is rounded up
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
 */
export function canonicalQuantity(text: string): string {
  const [, whole = '', decimals = '', suffix = ''] = /^(\d*)(?:\.(\d+))?(\D*)$/.exec(text)!;
  const binary = suffix.endsWith('i');
  const unit = binary ? 1000n * 1024n ** BigInt(BINARY.indexOf(suffix)) : 1000n ** BigInt(DECIMAL.indexOf(suffix));
  const parts = 10n ** BigInt(decimals.length);
  const thousandths = (BigInt(whole + decimals) * unit + parts - 1n) / parts;
  // Below 1Ki, and for less than whole bytes, there are no binary units.
  return binary && thousandths >= 1024n * 1000n && thousandths % 1000n === 0n
    ? inLargestUnit(thousandths / 1000n, 1024n, BINARY)
    : inLargestUnit(thousandths, 1000n, DECIMAL);
}

function inLargestUnit(value: bigint, step: bigint, [unit, ...larger]: string[]): string {
  return larger.length > 0 && value % step === 0n ? inLargestUnit(value / step, step, larger) : `${value}${unit}`;
}
