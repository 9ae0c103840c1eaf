/** What a kustomization names and kustomize would wait for without end, or read outside of the repository. */
import { join, normalize, relative } from 'node:path/posix';
import { formatPath, type Path } from '../checks/index.js';
import { Disk } from './disk.js';
import type { FileFinding } from './file-finding.js';
import { type Layer, LayerError, readLayer } from './kustomization.js';

/** Longer texts are patches and the like, and name no file. */
const LONGEST_NAME = 1000;

/** @returns the files and folders, anywhere in a kustomization and those that it builds on, that must not be read */
export function refusedFiles(layer: Layer, disk: Disk, seen = new Set<Layer>()): FileFinding[] {
  if (seen.has(layer)) return [];
  seen.add(layer);
  const { file, document, folder, value } = layer;
  const own = textsIn(value).flatMap(({ text, path }): FileFinding[] => {
    // A file of a generator may be named as KEY=FILE.
    const name = normalize(join(folder, text.replace(/^[^=/]*=/, '')));
    const objection = disk.objectionTo(name);
    if (objection === undefined || !document) return [];
    return [
      {
        rule: 'kustomization',
        severity: 'error',
        place: file.placeOf(document, path),
        path: formatPath(path),
        message: `${name}: ${objection}`,
      },
    ];
  });
  return [...own, ...layer.parents.flatMap((parent) => refusedFiles(parent, disk, seen))];
}

/** @throws Error with the first of them in the kustomization of a folder */
export function refuseFiles(folder: string): void {
  const disk = new Disk(folder);
  try {
    const [first] = refusedFiles(readLayer(relative('.', folder) || '.', disk.read), disk);
    if (first) throw new Error(`${first.place.file}:${first.place.line}:${first.place.column}: ${first.message}`);
  } catch (error) {
    // Of what is no kustomization, kustomize reads nothing.
    if (!(error instanceof LayerError)) throw error;
  }
}

function textsIn(value: unknown, path: Path = []): { text: string; path: Path }[] {
  if (typeof value === 'string')
    return value.length > LONGEST_NAME || /[\n\0]|:\/\//.test(value) ? [] : [{ text: value, path }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => textsIn(inner, [...path, key]));
}
