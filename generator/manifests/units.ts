/** Turns paths into what is checked together: a Kustomize overlay, a folder of plain files, files, standard input. */
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Finding, type Path } from '../checks/index.js';
import type { KubernetesObject } from '../model/index.js';
import { isHandedOver } from '../tree/index.js';
import { buildFinding } from './build-finding.js';
import { Disk, statOf } from './disk.js';
import { type ManifestDocument, ManifestFile, type Place } from './document.js';
import type { FileFinding } from './file-finding.js';
import { checkKustomization } from './kustomization-checks.js';
import { type Fields, KUSTOMIZATION_NAMES, type Layer, LayerError, readLayer } from './kustomization.js';
import { build, type Kustomize } from './kustomize.js';
import { placeIn } from './locate.js';
import { refusedFiles } from './refused-files.js';
import { hasKustomization, walk } from './walk.js';

/** What was read from some paths, to be checked as one. */
export interface LoadedUnit {
  /** As the user named it. */
  name: string;
  /** Folder of an overlay, else undefined. */
  folder?: string;
  objects: KubernetesObject[];
  /** What is wrong with the files themselves. */
  problems: FileFinding[];
  /** Files that hold no Kubernetes objects. */
  skipped: string[];
  placeOf(finding: Finding): Place | undefined;
}

const STANDARD_INPUT = 'standard input';

/** A path that cannot be read. */
export class ManifestError extends Error {
  override name = 'ManifestError';
}

export interface Sources {
  paths: readonly string[];
  /** Reads standard input, for the path "-". */
  readStandardInput: () => Promise<string>;
  /** Builds overlays. @throws where there is none */
  kustomize: () => Kustomize;
  /** Objects of an overlay that need no kustomize, as they are known already. */
  known?: (folder: string) => KubernetesObject[] | undefined;
}

/** npm keeps options for itself that come before --, and passes on their values: those then look like paths. */
function isSwallowed(path: string): boolean {
  return (
    process.env['npm_lifecycle_event'] !== undefined &&
    /^(text|json|sarif|github|1\.\d+(-1\.\d+)?|[A-Z]\w+\/\S+)$/.test(path)
  );
}

/** @throws ManifestError where a path does not exist, or holds nothing that could be checked */
export async function readUnits({ paths, readStandardInput, kustomize, known }: Sources): Promise<LoadedUnit[]> {
  const units: LoadedUnit[] = [];
  const single: ManifestFile[] = [];
  for (const path of paths) {
    if (path === '-') {
      units.push(plainUnit(STANDARD_INPUT, [new ManifestFile(STANDARD_INPUT, await readStandardInput())], true));
      continue;
    }
    const stat = statOf(path);
    if (!stat)
      throw new ManifestError(
        `${path || '""'}: there is no such file or folder${isSwallowed(path) ? '; of `npm run`, options come after --: npm run validate -- PATH --format json' : ''}`,
      );
    if (!stat.isDirectory()) {
      if (KUSTOMIZATION_NAMES.includes(path.split(sep).at(-1)!))
        units.push(await overlayUnit(join(path, '..'), kustomize, known));
      else single.push(readFile(path, new Disk(path)));
      continue;
    }
    units.push(...(await folderUnits(path, kustomize, known)));
  }
  if (single.length > 0)
    units.push(plainUnit(single.length === 1 ? single[0]!.path : `${single.length} files`, single, true));
  return units;
}

async function folderUnits(
  folder: string,
  kustomize: Sources['kustomize'],
  known: Sources['known'],
): Promise<LoadedUnit[]> {
  if (hasKustomization(folder)) return [await overlayUnit(folder, kustomize, known)];
  const disk = new Disk(folder);
  const { overlays, files, charts, refused } = walk(folder, disk);
  const units: LoadedUnit[] = [];
  for (const overlay of overlays) units.push(await overlayUnit(overlay, kustomize, known));
  const plain = plainUnit(
    folder,
    files.map((file) => readFile(file, disk)),
    false,
  );
  for (const { path, message } of refused)
    plain.problems.push({
      rule: 'invalid-yaml',
      severity: 'error',
      place: { file: path, line: 1, column: 1 },
      path: '',
      message,
    });
  if (plain.objects.length > 0 || plain.problems.length > 0 || units.length === 0) units.push(plain);
  if (units.length === 1 && plain.objects.length === 0 && plain.problems.length === 0)
    throw new ManifestError(
      `${folder}: there are no Kubernetes objects in it${charts.length > 0 ? `; ${charts[0]} is a Helm chart: check what \`helm template\` makes of it` : ''}`,
    );
  return units;
}

function readFile(path: string, disk: Disk): ManifestFile {
  try {
    const text = isHandedOver(path) ? readFileSync(path, 'utf8') : disk.text(path);
    return new ManifestFile(path, text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new ManifestError(`${path}: ${(error as Error).message}`);
  }
}

/** @param strict whether a document that is no Kubernetes object is an error, as it is in a file that was named */
function plainUnit(name: string, files: ManifestFile[], strict: boolean): LoadedUnit {
  const unit: LoadedUnit = { name, objects: [], problems: [], skipped: [], placeOf: () => undefined };
  const places = new Map<KubernetesObject, { document: ManifestDocument; prefix: Path }>();
  for (const file of files) {
    for (const { message, ...place } of file.problems)
      unit.problems.push({ rule: 'invalid-yaml', severity: 'error', place, path: '', message });
    let objects = 0;
    for (const document of file.documents) {
      const refuse = (path: Path, message: string): void =>
        void unit.problems.push({
          rule: 'invalid-yaml',
          severity: 'error',
          place: file.placeOf(document, path),
          path: path.join('.'),
          message,
        });
      for (const { value, prefix } of objectsOf(document.value)) {
        const { apiVersion, kind, metadata } = (typeof value === 'object' && value !== null ? value : {}) as Fields;
        if (typeof apiVersion === 'string' && typeof kind === 'string') {
          const object = { ...(value as Fields), metadata: metadata ?? {} } as unknown as KubernetesObject;
          unit.objects.push(object);
          places.set(object, { document, prefix });
          objects++;
        } else if (apiVersion !== undefined || kind !== undefined) {
          objects++;
          refuse(
            [...prefix, apiVersion === undefined ? 'kind' : 'apiVersion'],
            `"${typeof apiVersion === 'string' ? 'kind' : 'apiVersion'}" is missing, or no text`,
          );
        } else if (strict) refuse(prefix, 'this is no Kubernetes object: it has neither apiVersion nor kind');
      }
    }
    if (objects === 0 && file.problems.length === 0) unit.skipped.push(file.path);
  }
  if (strict && files.length > 0 && unit.objects.length === 0 && unit.problems.length === 0)
    unit.problems.push({
      rule: 'invalid-yaml',
      severity: 'error',
      place: { file: files[0]!.path, line: 1, column: 1 },
      path: '',
      message: 'there are no Kubernetes objects in it',
      hint:
        files[0]!.path === STANDARD_INPUT
          ? 'Pipe manifests into it: `helm template x | registry-gitops validate -`.'
          : 'Is it the right file?',
    });
  unit.placeOf = ({ object, path, inner, at }) => {
    const found = places.get(object);
    return found && found.document.file.placeOf(found.document, [...found.prefix, ...path], inner, at);
  };
  return unit;
}

function objectsOf(value: unknown): { value: unknown; prefix: Path }[] {
  const { kind, items } = (value ?? {}) as Fields;
  // kubectl takes every list apart: List, ConfigMapList.
  if (typeof kind !== 'string' || !kind.endsWith('List') || (items !== null && !Array.isArray(items)))
    return [{ value, prefix: [] }];
  return items ? (items as unknown[]).map((item, index) => ({ value: item, prefix: ['items', index] })) : [];
}

async function overlayUnit(
  folder: string,
  kustomize: Sources['kustomize'],
  known: Sources['known'],
): Promise<LoadedUnit> {
  const name = relative('.', folder) || '.';
  const unit: LoadedUnit = { name, folder, objects: [], problems: [], skipped: [], placeOf: () => undefined };
  const disk = new Disk(folder);
  let layer: Layer;
  try {
    layer = readLayer(name, disk.read);
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    const file = KUSTOMIZATION_NAMES.map((one) => join(name, one)).find((path) => disk.read(path)) ?? name;
    unit.problems.push({
      rule: 'kustomization',
      severity: 'error',
      place: { file, line: 1, column: 1 },
      path: '',
      message: error.message,
    });
    return unit;
  }
  unit.problems.push(...checkKustomization(layer));
  unit.placeOf = (finding) => placeIn(layer, finding, disk.read) ?? { file: layer.file.path, line: 1, column: 1 };
  const objects = known?.(folder);
  if (objects) return { ...unit, objects };
  const refused = refusedFiles(layer, disk);
  unit.problems.push(...refused);
  if (refused.length > 0) return unit;
  try {
    const built = new ManifestFile(name, await build(kustomize(), folder));
    unit.objects.push(...built.documents.map(({ value }) => value as KubernetesObject));
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    // What the checks of the files say already is said better there.
    if (unit.problems.length === 0) unit.problems.push(buildFinding(layer, (error as Error).message));
  }
  return unit;
}
