/** Patterns of a structural schema, which are Go's. */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';

/** Go's patterns know no look-around and no references back. What else JavaScript finds wrong may be right in Go. */
export function checkPattern({ pattern }: Fields, path: Path, report: Report): void {
  if (typeof pattern !== 'string') return;
  const bare = pattern.replace(/\\[^1-9]/g, '').replace(/\[\^?\]?[^\]]*\]/g, '');
  if (/\(\?(<?[=!])|\\[1-9]/.test(bare))
    report(
      [...path, 'pattern'],
      `expected a pattern without look-around and references, which Go has not; got ${JSON.stringify(pattern)}`,
    );
  else if (!pattern.includes('\\Q') && (bare.match(/\(/g) ?? []).length !== (bare.match(/\)/g) ?? []).length)
    report([...path, 'pattern'], `a parenthesis has no other; got ${JSON.stringify(pattern)}`);
}
