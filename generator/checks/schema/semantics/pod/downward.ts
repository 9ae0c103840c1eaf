/** What containers and volumes take from the pod that they are in. */
import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { nanosOf, quantityStyle } from '../quantity.js';

/** @param known the fields of the pod that may be taken here, beside single labels and annotations */
export function checkFieldPath(
  reference: Fields | null | undefined,
  known: readonly string[],
  path: Path,
  report: Report,
): void {
  const field = reference?.['fieldPath'] as string | undefined;
  if (field === undefined || known.includes(field)) return;
  const [, kind, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/s.exec(field) ?? [];
  const message = `expected one of ${known.join(', ')}, metadata.labels['KEY'] or metadata.annotations['KEY']; got ${JSON.stringify(field)}`;
  if (key === undefined) report([...path, 'fieldPath'], message);
  else if (!formats['qualified-name']!(kind === 'annotations' ? key.toLowerCase() : key))
    report(
      [...path, 'fieldPath'],
      `expected ${expectedFormat('qualified-name')} in the brackets; got ${JSON.stringify(key)}`,
    );
}

/** A request or limit of a container, in units of the divisor. */
export function checkDivisor(reference: Fields | null | undefined, path: Path, report: Report): void {
  const { resource, divisor } = reference ?? {};
  if (divisor === undefined) return;
  const isCpu = String(resource).endsWith('.cpu');
  if (!isUnit(divisor, isCpu))
    report([...path, 'divisor'], `expected 1 or a unit of it such as ${isCpu ? '1m' : '1Mi'}; got ${divisor}`);
}

/** Kubernetes looks at what it writes for a quantity: 1024Ki is 1Mi for it, 1048576 is not. */
function isUnit(divisor: unknown, isCpu: boolean): boolean {
  const nanos = nanosOf(divisor);
  const one = 10n ** 9n;
  if (nanos === 0n) return true;
  if (quantityStyle(divisor) === 'exponent') return false;
  if (nanos === one) return true;
  // Less than 1 is written in thousandths, however it was given.
  if (isCpu) return nanos === one / 1000n;
  const [step, count] = quantityStyle(divisor) === 'binary' ? [1024n, 6] : [1000n, 6];
  return Array.from({ length: count }, (_, index) => one * step ** BigInt(index + 1)).includes(nanos);
}
