/**
 * What a real API server (1.37.2) said of some 2,800 objects that were written by hand, to be taken or refused by it: in
 * tests/checks/verdicts, a file a kind. Each has a base and changes to it (JSON merge patches), sorted by the verdict;
 * `missed` are those that the server refuses and the checks know nothing of.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../../generator/model/index.js';

export interface Judged {
  object: KubernetesObject;
  verdict: 'accepted' | 'refused' | 'missed';
}

const folder = join(import.meta.dirname, '../../checks/verdicts');
const VERDICTS = ['accepted', 'refused', 'missed'] as const;

export function readVerdicts(): Judged[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const { base, ...changes } = parse(readFileSync(join(folder, name), 'utf8')) as { base: unknown } & {
        [verdict in Judged['verdict']]?: unknown[];
      };
      return VERDICTS.flatMap((verdict) =>
        (changes[verdict] ?? []).map((change) => ({ object: merged(base, change) as KubernetesObject, verdict })),
      );
    });
}

/** @see https://www.rfc-editor.org/rfc/rfc7396 */
function merged(base: unknown, change: unknown): unknown {
  if (!isMap(base) || !isMap(change)) return change;
  const result = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
