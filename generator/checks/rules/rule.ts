import type { Finding, Path, Severity } from '../finding.js';
import type { Manifest } from '../unit/manifest.js';
import type { View } from '../unit/view.js';

/** Tells a finding. */
export type Report = (
  object: Manifest,
  path: Path,
  message: string,
  more?: Pick<Finding, 'inner' | 'at' | 'hint'>,
) => void;

/** Something that has to hold in a unit. */
export interface Rule {
  /** As findings, exceptions and docs/reference/checks.md name it. */
  id: string;
  /** reference: what is named has to be there, and fit. safety: what works and should not be run. */
  group: 'reference' | 'safety';
  severity: Severity;
  /** What has to hold, in a sentence. */
  title: string;
  /** What goes wrong otherwise. */
  why: string;
  /** What to do. */
  fix: string;
  check(view: View, report: Report): void;
}
