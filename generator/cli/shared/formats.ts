/** Findings in the formats that are asked for. */
import { printable } from '../../model/index.js';
import { colours } from './colours.js';
import { CliError } from './exit.js';
import { ruleText, type ReportedFinding } from './findings.js';

export const FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

/** What was checked, for the summary. */
export interface Summary {
  /** Overlays, folders and files. */
  units: number;
  objects: number;
  /** Files that hold no Kubernetes objects. */
  skipped: number;
}

/** @throws CliError for a format that there is not */
export function formatOf(text: string | undefined): Format {
  const format = FORMATS.find((known) => known === (text ?? 'text'));
  if (!format) throw new CliError(`--format ${text}: expected one of ${FORMATS.join(', ')}`);
  return format;
}

/** Findings in one order, whatever the order of the checks: errors first, then by place. */
export function sorted(findings: readonly ReportedFinding[]): ReportedFinding[] {
  const rank = ({ severity }: ReportedFinding): number => (severity === 'error' ? 0 : 1);
  const order = (a: ReportedFinding, b: ReportedFinding): number =>
    rank(a) - rank(b) ||
    compare(a.place?.file ?? '', b.place?.file ?? '') ||
    (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
    (a.place?.column ?? 0) - (b.place?.column ?? 0) ||
    compare(a.rule, b.rule);
  return [...findings].sort(order);
}

/** @returns findings without those of other units that are reported already: what is wrong in a base is wrong in all that build on it. */
export function folded(findings: readonly ReportedFinding[]): ReportedFinding[] {
  const found = new Map<string, ReportedFinding>();
  for (const finding of findings) {
    const { rule, object, path, message, place } = finding;
    const key = JSON.stringify([rule, object.replace(/-[a-z0-9]{10}$/, ''), path, message, place]);
    const known = place && found.get(key);
    if (known) known.others = (known.others ?? 0) + 1;
    else found.set(key, { ...finding });
  }
  return [...found.values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function hasErrors(findings: readonly ReportedFinding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** @returns the findings as text for a person: file:line:column first, the form that editors and CI make into a link. */
export function asText(findings: readonly ReportedFinding[]): string {
  const explained = new Set<string>();
  return findings.map((finding) => `${lines(finding, explained).join('\n')}\n`).join('');
}

/** @param explained rules whose general way out was reported already */
function lines(
  { rule, severity, object, path, message, hint, fix, place, cause, others }: ReportedFinding,
  explained: Set<string>,
): string[] {
  const way = hint ?? (explained.has(rule) ? undefined : fix);
  explained.add(rule);
  const label = severity === 'error' ? colours.red('error') : colours.yellow('warning');
  const more = others ? colours.dim(` (and in ${others} other${others === 1 ? '' : 's'})`) : '';
  const first = `${labelOf(place)}${label}: ${printable([object, path, message].filter(Boolean).join(': '))} ${colours.dim(`[${rule}]`)}${more}`;
  return [
    first,
    ...(way ? [`  ${printable(way)}`] : []),
    ...(cause ? [`  from ${labelOf(cause.place)}${printable(cause.field)}`] : []),
  ];
}

/** @returns a place as it stands before what is said of it. */
function labelOf(place: { file: string; line: number; column: number } | undefined): string {
  return place ? printable(`${place.file}:${place.line}:${place.column}: `) : '';
}

/** @returns one line that sums up. */
export function summaryLine(findings: readonly ReportedFinding[], { units, objects, skipped }: Summary): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const checked = `${plural(objects, 'object')} of ${plural(units, 'unit')}${skipped > 0 ? `, ${plural(skipped, 'file')} without Kubernetes objects passed over` : ''}`;
  return findings.length === 0
    ? `Nothing found: ${checked}.`
    : `${plural(errors, 'error')} and ${plural(warnings, 'warning')} in ${checked}.`;
}

export function asJson(findings: readonly ReportedFinding[], summary: Summary): string {
  return `${JSON.stringify({ findings: findings.map((finding) => ({ ...finding, place: finding.place ?? null })), summary }, null, 2)}\n`;
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
export function asGithub(findings: readonly ReportedFinding[]): string {
  const data = (text: string): string => printable(text).replaceAll('%', '%25').replaceAll('\n', '%0A');
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return findings
    .map(({ severity, place, rule, object, path, message, hint, fix, cause }) => {
      const at = place ? `file=${property(place.file)},line=${place.line},col=${place.column},` : '';
      const text = [
        [object, path, message].filter(Boolean).join(': '),
        hint ?? fix,
        ...(cause ? [`from ${cause.place ? `${cause.place.file}:${cause.place.line} ` : ''}${cause.field}`] : []),
      ].join('\n');
      return `::${severity} ${at}title=${property(rule)}::${data(text)}\n`;
    })
    .join('');
}

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function asSarif(findings: readonly ReportedFinding[], version: string): string {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  const location = ({ file, line, column }: { file: string; line: number; column: number }): object => ({
    physicalLocation: {
      artifactLocation: { uri: file.split('\\').join('/') },
      region: { startLine: line, startColumn: column },
    },
  });
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'registry-gitops',
            version,
            rules: ids.map((id) => {
              const text = ruleText(id);
              return {
                id,
                shortDescription: { text: text.title },
                fullDescription: { text: text.why },
                help: { text: text.fix },
              };
            }),
          },
        },
        results: findings.map(({ rule, severity, object, path, message, hint, fix, place, cause }) => ({
          ruleId: rule,
          ruleIndex: ids.indexOf(rule),
          level: severity,
          message: { text: [[object, path, message].filter(Boolean).join(': '), hint ?? fix].join('\n') },
          locations: place ? [location(place)] : [],
          ...(cause?.place ? { relatedLocations: [{ ...location(cause.place), message: { text: cause.field } }] } : {}),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
