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
