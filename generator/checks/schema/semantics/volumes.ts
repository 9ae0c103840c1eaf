import type { Path } from '../../finding.js';
import type { Fields, Report } from './index.js';
import { checkClaimSpec } from './storage.js';

export function checkVolumes(volumes: Fields[], path: Path, report: Report): void {
  for (const [index, volume] of volumes.entries()) {
    const at = [...path, index];
    const sources = Object.keys(volume).filter((field) => field !== 'name' && volume[field] !== null);
    if (sources.length > 1) report(at, `a volume has one source; got ${sources.join(' and ')}`);
    checkItems(volume['configMap']?.items, [...at, 'configMap', 'items'], report);
    checkItems(volume['secret']?.items, [...at, 'secret', 'items'], report);
    for (const [number, file] of ((volume['downwardAPI']?.items ?? []) as Fields[]).entries()) checkDownward(file, [...at, 'downwardAPI', 'items', number], report);
    checkProjected(volume['projected'], [...at, 'projected'], report);
    const template = volume['ephemeral'] ? (volume['ephemeral'].volumeClaimTemplate ?? undefined) : null;
    if (template === undefined) report([...at, 'ephemeral'], '"volumeClaimTemplate" is missing', 'missing-field');
    if (template) checkClaimSpec(template.spec ?? {}, [...at, 'ephemeral', 'volumeClaimTemplate', 'spec'], report);
  }
}

function checkItems(items: Fields[] | null | undefined, path: Path, report: Report): void {
  for (const [index, { path: file }] of (items ?? []).entries()) {
    if (String(file).startsWith('..')) report([...path, index, 'path'], 'must not begin with ".."');
  }
}

function checkDownward({ fieldRef, resourceFieldRef, path: file }: Fields, path: Path, report: Report): void {
  if (fieldRef && resourceFieldRef) report(path, 'fieldRef and resourceFieldRef exclude each other');
  if (!fieldRef && !resourceFieldRef) report(path, 'one of fieldRef and resourceFieldRef is needed', 'missing-field');
  if (String(file).startsWith('..')) report([...path, 'path'], 'must not begin with ".."');
  const field = fieldRef?.fieldPath as string | undefined;
  const known = ['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid'];
  if (field !== undefined && !known.includes(field) && !/^metadata\.(labels|annotations)\['[^']+'\]$/.test(field)) {
    report([...path, 'fieldRef', 'fieldPath'], `expected one of ${known.join(', ')}; got ${JSON.stringify(field)}`);
  }
}

function checkProjected(projected: Fields | null | undefined, path: Path, report: Report): void {
  const files = new Set<string>();
  const add = (file: unknown, at: Path): void => {
    if (typeof file !== 'string') return;
    if (files.has(file)) report(at, `two sources have a file ${file}`, 'duplicate-item');
    files.add(file);
  };
  for (const [index, source] of ((projected?.['sources'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'sources', index];
    const kinds = Object.keys(source).filter((kind) => source[kind] !== null);
    if (kinds.length > 1) report(at, `a source is one thing; got ${kinds.join(' and ')}`);
    checkItems(source['configMap']?.items, [...at, 'configMap', 'items'], report);
    checkItems(source['secret']?.items, [...at, 'secret', 'items'], report);
    for (const [number, file] of ((source['downwardAPI']?.items ?? []) as Fields[]).entries()) checkDownward(file, [...at, 'downwardAPI', 'items', number], report);
    for (const kind of ['configMap', 'secret', 'downwardAPI']) {
      for (const [number, item] of ((source[kind]?.items ?? []) as Fields[]).entries()) add(item['path'], [...at, kind, 'items', number, 'path']);
    }
  }
}
