/** Kinds that others name as their class: of priority, of the runtime, of storage and its drivers. */
import type { Path } from '../../finding.js';
import type { Fields, Report } from './report.js';
import { checkTolerations } from './pod/tolerations.js';

const MAX_PRIORITY = 1_000_000_000;
/** Classes that every cluster has already. */
const SYSTEM_PRIORITIES: Record<string, number> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export function checkPriorityClass({ metadata, value = 0, globalDefault }: Fields, report: Report): void {
  const name = String(metadata?.name ?? '');
  if (!name.startsWith('system-')) {
    if (value > MAX_PRIORITY) report(['value'], `expected at most ${MAX_PRIORITY}; got ${value}`);
  } else if (SYSTEM_PRIORITIES[name] !== value || globalDefault)
    report(['metadata', 'name'], 'names that begin with "system-" are of Kubernetes itself');
}

export function checkRuntimeClass({ overhead, scheduling }: Fields, report: Report): void {
  if (overhead?.podFixed && 'storage' in overhead.podFixed)
    report(['overhead', 'podFixed', 'storage'], 'is a resource of claims, not of pods');
  const tolerations = (scheduling?.tolerations ?? []) as Fields[];
  checkTolerations(tolerations, ['scheduling', 'tolerations'], report);
  const seen = new Set<string>();
  for (const [index, { key = '', operator = '', value = '', effect = '' }] of tolerations.entries()) {
    const identity = JSON.stringify([key, operator, value, effect]);
    if (seen.has(identity)) report(['scheduling', 'tolerations', index], 'is there twice', 'duplicate-item');
    seen.add(identity);
  }
}

/** Bytes that the parameters of a class may have together. */
const MAX_PARAMETERS = 256 * 1024;

export function checkStorageClass({ parameters, allowedTopologies }: Fields, report: Report): void {
  checkParameters(parameters, report);
  const seen = new Set<string>();
  for (const [index, { matchLabelExpressions }] of ((allowedTopologies ?? []) as Fields[]).entries()) {
    checkTopology(matchLabelExpressions ?? [], ['allowedTopologies', index, 'matchLabelExpressions'], report, seen);
  }
}

function checkTopology(expressions: Fields[], path: Path, report: Report, seen: Set<string>): void {
  if (expressions.length === 0) report(path, 'must not be empty', 'missing-field');
  const values: Record<string, string[]> = {};
  for (const [index, expression] of expressions.entries()) {
    const key = expression['key'] as string;
    if (key in values) report([...path, index, 'key'], `${key} is there twice`, 'duplicate-item');
    values[key] = [...((expression['values'] ?? []) as string[])].sort();
  }
  const identity = JSON.stringify(Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)));
  if (seen.has(identity)) report(path, 'is there twice', 'duplicate-item');
  seen.add(identity);
}

export function checkParameters(parameters: Record<string, string> | undefined, report: Report): void {
  const bytes = Object.entries(parameters ?? {}).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value ?? ''),
    0,
  );
  if (bytes > MAX_PARAMETERS)
    report(['parameters'], `parameters may have ${MAX_PARAMETERS} bytes in all; these have ${bytes}`);
}

export function checkCsiDriver({ spec }: Fields, report: Report): void {
  const requests = (spec?.tokenRequests ?? []) as Fields[];
  const audiences = requests.map(({ audience }) => (audience ?? '') as string);
  for (const [index, audience] of audiences.entries()) {
    if (audiences.indexOf(audience) < index)
      report(
        ['spec', 'tokenRequests', index, 'audience'],
        `${JSON.stringify(audience)} is there twice`,
        'duplicate-item',
      );
  }
  if (spec?.serviceAccountTokenInSecrets !== undefined && requests.length === 0)
    report(['spec', 'serviceAccountTokenInSecrets'], 'needs tokenRequests');
}
