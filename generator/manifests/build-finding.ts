import { formatPath } from '../checks/index.js';
import type { FileFinding } from './file-finding.js';
import type { Fields, Layer } from './kustomization.js';

/** Lists whose entries kustomize quotes when it cannot build. */
const QUOTED = ['resources', 'components', 'patches', 'bases', 'configMapGenerator', 'secretGenerator'];
/** Words by which it speaks of a field. */
const WORDS: [field: string, words: RegExp][] = [
  ['patches', /patch|for path:|regexp/i],
  ['replacements', /replacement|field ?path/i],
  ['replicas', /replica/i],
  ['helmCharts', /helm/i],
  ['openapi', /openapi/i],
  ['crds', /crd/i],
  ['transformers', /transform/i],
  ['generators', /generator/i],
];

/** @returns what kustomize says of a build that failed. It gives no place, but mostly quotes an entry, or names a field. */
export function buildFinding({ file, document, value }: Layer, message: string): FileFinding {
  const entries = QUOTED.flatMap((field) =>
    (Array.isArray(value[field]) ? (value[field] as unknown[]) : []).map((entry, index) => ({
      path: [field, index],
      text: textOf(entry),
    })),
  );
  const [quoted] = entries
    .filter(({ text }) => text !== '' && message.includes(text))
    .sort((a, b) => b.text.length - a.text.length);
  const named = WORDS.find(([field, words]) => field in value && words.test(message))?.[0];
  const path = quoted?.path ?? (named === undefined ? [] : [named]);
  const place =
    document && path.length > 0
      ? file.placeOf(document, path, undefined, 'key')
      : { file: file.path, line: 1, column: 1 };
  return { rule: 'kustomize-build', severity: 'error', place, path: formatPath(path), message };
}

/** @returns by what kustomize would quote an entry. */
function textOf(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  const { path, name, patch } = (entry ?? {}) as Fields;
  return String(path ?? name ?? patch ?? '').split('\n')[0]!;
}
