/**
 * The files that a kustomization is made of: what kustomize would read, as far as it is on disk. Nothing is built here;
 * that is the real kustomize's to do.
 */
import { join, normalize } from 'node:path/posix';
import { type ManifestDocument, ManifestFile, type Source } from './document.js';

export type Fields = Record<string, any>;

/** @returns the file, undefined where there is no such file, or "folder". */
export type Read = (path: string) => Source | 'folder' | undefined;

export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

export interface Patch {
  /** Where the entry stands in kustomization.yaml. */
  path: (string | number)[];
  /** The documents of the patch; inline patches are documents of their own. */
  documents: ManifestDocument[];
  /** Whether the documents are inside kustomization.yaml. */
  inline: boolean;
  /** Objects that it is for; undefined: those that its documents name. */
  target: Fields | undefined;
  kind: 'strategic' | 'json6902';
}

/** A file of a generated ConfigMap or Secret. */
export interface GeneratedFile {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  key: string;
  /** Undefined for literals, which stand in kustomization.yaml at `at`. */
  file: string | undefined;
  at: (string | number)[];
}

/** One folder with a kustomization, and what it builds on. */
export interface Layer {
  folder: string;
  file: ManifestFile;
  document: ManifestDocument | undefined;
  value: Fields;
  resources: ManifestDocument[];
  patches: Patch[];
  generated: GeneratedFile[];
  /** Bases, then components. */
  parents: Layer[];
  /** References that are not on disk here, such as URLs and charts: of those nothing is known. */
  elsewhere: string[];
}

/** @returns the file of a folder's kustomization, if it has one. */
function kustomizationOf(folder: string, read: Read): string | undefined {
  return KUSTOMIZATION_NAMES.map((name) => join(folder, name)).find((path) => typeof read(path) === 'object');
}

/** A kustomization that cannot be followed. */
export class LayerError extends Error {
  override name = 'LayerError';
}

/** Kustomizations deeper than this go in a circle. */
const MAX_DEPTH = 30;

/**
 * @param known layers that were read already, by their folders: what many overlays build on is read once
 * @returns the layer of a folder
 * @throws LayerError where it has no kustomization, or one that leads back to itself
 */
export function readLayer(folder: string, read: Read, known = new Map<string, Layer>(), depth = 0): Layer {
  const layer = known.get(folder) ?? readFolder(folder, read, known, depth);
  known.set(folder, layer);
  return layer;
}

function readFolder(folder: string, read: Read, known: Map<string, Layer>, depth: number): Layer {
  const path = kustomizationOf(folder, read);
  if (path === undefined) throw new LayerError(`${folder} has no kustomization.yaml`);
  if (depth > MAX_DEPTH) throw new LayerError(`${path}: the kustomizations refer to each other in a circle`);
  const file = new ManifestFile(path, read(path) as Source);
  const [document] = file.documents;
  const value = (typeof document?.value === 'object' && !Array.isArray(document.value) ? document.value : {}) as Fields;
  const layer: Layer = {
    folder,
    file,
    document,
    value,
    resources: [],
    patches: [],
    generated: [],
    parents: [],
    elsewhere: [],
  };
  const list = (field: string): unknown[] => (Array.isArray(value[field]) ? (value[field] as unknown[]) : []);

  for (const entry of [...list('resources'), ...list('bases'), ...list('components')]) {
    if (typeof entry !== 'string') continue;
    const target = normalize(join(folder, entry));
    const found = /^[a-z+]+:\/\/|^git@|^[\w.-]+\.[a-z]{2,}\/.*(\?ref=|\.git)/i.test(entry) ? undefined : read(target);
    if (found === 'folder' && kustomizationOf(target, read))
      layer.parents.push(readLayer(target, read, known, depth + 1));
    else if (typeof found === 'object') layer.resources.push(...new ManifestFile(target, found).documents);
    else layer.elsewhere.push(entry);
  }
  for (const field of ['helmCharts', 'helmChartInflationGenerator', 'generators'])
    if (list(field).length > 0) layer.elsewhere.push(field);
  readPatches(layer, list, read);
  readGenerated(layer, list);
  return layer;
}

function readPatches(layer: Layer, list: (field: string) => unknown[], read: Read): void {
  const add = (entry: unknown, path: (string | number)[], kind?: Patch['kind']): void => {
    const {
      path: file,
      patch,
      target,
    } = typeof entry === 'string'
      ? {
          path: entry.includes('\n') ? undefined : entry,
          patch: entry.includes('\n') ? entry : undefined,
          target: undefined,
        }
      : ((entry ?? {}) as Fields);
    const found = typeof file === 'string' ? read(normalize(join(layer.folder, file))) : undefined;
    const source =
      typeof found === 'object'
        ? new ManifestFile(normalize(join(layer.folder, file as string)), found)
        : typeof patch === 'string'
          ? new ManifestFile(layer.file.path, patch)
          : undefined;
    if (!source) return void (typeof file === 'string' && layer.elsewhere.push(file));
    const isList = source.documents.some(({ value }) => Array.isArray(value));
    layer.patches.push({
      path,
      documents: source.documents,
      inline: typeof found !== 'object',
      target: target as Fields | undefined,
      kind: kind ?? (isList ? 'json6902' : 'strategic'),
    });
  };
  for (const [index, entry] of list('patches').entries()) add(entry, ['patches', index]);
  for (const [index, entry] of list('patchesStrategicMerge').entries())
    add(entry, ['patchesStrategicMerge', index], 'strategic');
  for (const [index, entry] of list('patchesJson6902').entries()) add(entry, ['patchesJson6902', index], 'json6902');
}

function readGenerated(layer: Layer, list: (field: string) => unknown[]): void {
  for (const [field, kind] of [
    ['configMapGenerator', 'ConfigMap'],
    ['secretGenerator', 'Secret'],
  ] as const) {
    for (const [index, entry] of list(field).entries()) {
      const { name, ...sources } = (entry ?? {}) as Fields;
      if (typeof name !== 'string') continue;
      const [files, literals] = ['files', 'literals'].map((source) =>
        Array.isArray(sources[source]) ? (sources[source] as unknown[]) : [],
      ) as [unknown[], unknown[]];
      for (const [number, text] of files.entries()) {
        const [, key, file] = /^(?:([^=]+)=)?(.+)$/.exec(String(text)) ?? [];
        if (file)
          layer.generated.push({
            kind,
            name,
            key: key ?? file.split('/').at(-1)!,
            file: normalize(join(layer.folder, file)),
            at: [field, index, 'files', number],
          });
      }
      for (const [number, text] of literals.entries()) {
        const [key] = String(text).split('=');
        layer.generated.push({ kind, name, key: key!, file: undefined, at: [field, index, 'literals', number] });
      }
      if (files.length === 0 && literals.length === 0)
        layer.generated.push({ kind, name, key: '', file: undefined, at: [field, index] });
    }
  }
}
