/** kustomization.yaml against its schema, and its patches against what they are for: kustomize says nothing of either. */
import { parseImage } from '../config/index.js';
import { formatPath } from '../checks/index.js';
import { schemaErrors } from '../checks/schema/errors/index.js';
import { validators } from '../generated/file-kustomization.js';
import type { FileFinding } from './file-finding.js';
import { type Fields, type Layer } from './kustomization.js';

/** @returns what is wrong with a kustomization and those that it builds on, each reported once. */
export function checkKustomization(layer: Layer): FileFinding[] {
  const seen = new Set<string>();
  const findings: FileFinding[] = [];
  const visit = (one: Layer, around: Known[] | undefined): void => {
    if (!seen.has(one.file.path)) {
      seen.add(one.file.path);
      findings.push(...checkFile(one), ...checkTargets(one, around));
    }
    // A component changes what the overlay has so far; a base knows nothing of those that build on it.
    const sofar = ownObjects(one);
    for (const parent of one.parents) {
      const isPart = parent.value['kind'] === 'Component';
      visit(parent, isPart ? both(around, sofar) : []);
      const above = knownObjects(parent, false);
      if (above) sofar?.push(...above);
    }
  };
  // By itself a component has nothing to change.
  visit(layer, layer.value['kind'] === 'Component' ? undefined : []);
  return findings;
}

function both(a: Known[] | undefined, b: Known[] | undefined): Known[] | undefined {
  return a && b && [...a, ...b];
}

function checkFile({ file, document, value }: Layer): FileFinding[] {
  const problems = file.problems.map(({ message, ...place }): FileFinding => ({
    rule: 'invalid-yaml',
    severity: 'error',
    place,
    path: '',
    message,
  }));
  if (!document)
    return problems.length > 0
      ? problems
      : [
          {
            rule: 'kustomization',
            severity: 'error',
            place: { file: file.path, line: 1, column: 1 },
            path: '',
            message: 'the file is empty',
            hint: 'list the files of the folder under resources',
          },
        ];
  const validate = validators['kustomization']!;
  const errors = validate(value) ? [] : schemaErrors(validate.errors ?? [], value, { first: 0, last: 0 });
  return [
    ...problems,
    ...errors.map(({ path, message, at }): FileFinding => ({
      rule: 'kustomization',
      severity: 'error',
      place: file.placeOf(document, path, undefined, at),
      path: formatPath(path),
      message,
    })),
  ];
}

interface Known {
  group: string;
  version: string;
  kind: string;
  /** Every name that it has had on the way. */
  names: string[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  images: string[];
}

/**
 * kustomize accepts a patch with a target that selects nothing, silently, with exit code 0.
 *
 * @param around what a component is a part of; undefined where it is not known
 * @see https://github.com/kubernetes-sigs/kustomize/issues/4379
 * @see https://github.com/kubernetes-sigs/kustomize/issues/5796
 */
function checkTargets(layer: Layer, around: Known[] | undefined): FileFinding[] {
  const { file, document, value } = layer;
  const known = both(around, knownObjects(layer, true));
  if (!document || known === undefined) return [];
  const findings: FileFinding[] = [];
  const report = (path: (string | number)[], message: string, hint?: string): void => {
    findings.push({
      rule: 'patch-target',
      severity: 'error',
      place: file.placeOf(document, path),
      path: formatPath(path),
      message,
      ...(hint ? { hint } : {}),
    });
  };
  for (const { path, target } of layer.patches) {
    if (target && known.every((object) => !selectedBy(target, object))) {
      report([...path, 'target'], `the patch is for nothing: no object is ${describe(target)}`, nearest(target, known));
    }
  }
  for (const [index, image] of (
    (Array.isArray(value['images']) ? value['images'] : []) as (Fields | null)[]
  ).entries()) {
    const name = image?.['name'] as unknown;
    if (typeof name === 'string' && known.every(({ images }) => !images.includes(name)))
      report(['images', index, 'name'], `no container has the image ${name}`);
  }
  return findings;
}

/** @returns the objects of a layer's own files; undefined where some are not on disk here. */
function ownObjects(layer: Layer): Known[] | undefined {
  if (layer.elsewhere.length > 0) return undefined;
  const own = layer.resources.flatMap(({ value }) => {
    const items = (value as Fields)?.['kind'] === 'List' ? ((value as Fields)['items'] as Fields[]) : [value as Fields];
    return items.filter((item) => typeof item?.['kind'] === 'string').map(knownOf);
  });
  for (const { kind, name } of layer.generated)
    own.push({ group: '', version: 'v1', kind, names: [name], labels: {}, annotations: {}, images: [] });
  return own;
}

/** @returns the objects that a layer's patches can be for; undefined where some are not on disk here. */
function knownObjects(layer: Layer, isTop: boolean): Known[] | undefined {
  const own = ownObjects(layer);
  if (own === undefined) return undefined;
  for (const parent of layer.parents) {
    const above = knownObjects(parent, false);
    if (above === undefined) return undefined;
    own.push(...above);
  }
  const { namePrefix = '', nameSuffix = '' } = layer.value;
  if (!isTop && (namePrefix || nameSuffix))
    for (const object of own) object.names.push(`${namePrefix}${object.names.at(-1)}${nameSuffix}`);
  return own;
}

function knownOf(value: Fields): Known {
  const [version, group = ''] = String(value['apiVersion'] ?? '')
    .split('/')
    .reverse();
  const images = [...JSON.stringify(value).matchAll(/"image":"([^"]+)"/g)].flatMap(
    ([, image]) => parseImage(image!)?.repository ?? [],
  );
  return {
    group,
    version: version!,
    kind: value['kind'],
    names: [String(value['metadata']?.name ?? '')],
    labels: value['metadata']?.labels ?? {},
    annotations: value['metadata']?.annotations ?? {},
    images,
  };
}

function selectedBy({ group, version, kind, name, labelSelector, annotationSelector }: Fields, object: Known): boolean {
  const matches = (pattern: unknown, values: string[]): boolean =>
    typeof pattern !== 'string' || pattern === '' || values.some((value) => anchored(pattern).test(value));
  return (
    matches(group, [object.group]) &&
    matches(version, [object.version]) &&
    matches(kind, [object.kind]) &&
    matches(name, object.names) &&
    hasAll(labelSelector, object.labels) &&
    hasAll(annotationSelector, object.annotations)
  );
}

/** kustomize takes each field as a regular expression for the whole value. */
function anchored(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return /(?:)/;
  }
}

/** Selectors of other forms than key=value are left to kustomize. */
function hasAll(selector: unknown, values: Record<string, string>): boolean {
  if (typeof selector !== 'string' || selector === '') return true;
  return selector.split(',').every((term) => {
    const [, key, value] = /^\s*([^!=\s]+)\s*==?\s*(\S*)\s*$/.exec(term) ?? [];
    return key === undefined || values[key] === value;
  });
}

function describe(target: Fields): string {
  return ['group', 'version', 'kind', 'name', 'labelSelector', 'annotationSelector']
    .filter((field) => target[field])
    .map((field) => `${field} ${target[field]}`)
    .join(', ');
}

function nearest({ kind, name }: Fields, known: readonly Known[]): string | undefined {
  const same = known.filter((object) => object.kind === kind);
  if (same.length > 0) return `of the kind ${kind} there is ${same.map(({ names }) => names.at(-1)).join(', ')}`;
  const named = known.filter(({ names }) => names.includes(name));
  return named.length > 0 ? `called ${name} there is ${named.map((object) => object.kind).join(', ')}` : undefined;
}
