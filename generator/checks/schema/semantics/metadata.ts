import type { KubernetesObject } from '../../../model/index.js';
import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Target } from '../keywords.js';
import type { Context } from './report.js';
import type { Report } from './report.js';

/** Kinds whose names are stricter than most, which are DNS subdomains. */
const NAME_FORMATS: Record<string, (target: Target) => string> = {
  // The feature RelaxedServiceNameValidation is on since 1.36.
  'v1/Service': ({ first }) => (first < 36 ? 'dns-1035-label' : 'dns-label'),
  'v1/Namespace': () => 'dns-label',
  // Its pods are called like it.
  'apps/v1/StatefulSet': () => 'dns-label',
};
/** Kinds whose names may be anything that a URL has a place for. */
const PATH_SEGMENT = /^(rbac\.authorization\.k8s\.io\/.+|apiregistration\.k8s\.io\/v1\/APIService)$/;
/** Bytes of all annotations of an object together. */
const MAX_ANNOTATIONS = 256 * 1024;

/** Groups whose finalizers are Kubernetes' own or have a domain. Elsewhere any name will do. */
const FINALIZER_GROUPS =
  /^(v1|(apps|batch|autoscaling|(discovery|flowcontrol\.apiserver|networking|rbac\.authorization|resource|scheduling|storage)\.k8s\.io)\/.+)$/;
const FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

export function checkMetadata(
  { apiVersion, kind, metadata }: KubernetesObject,
  { cluster, target }: Context,
  report: Report,
): void {
  const { name, namespace, annotations, labels, generateName, finalizers, ownerReferences, resourceVersion } =
    metadata as typeof metadata & {
      generateName?: string;
      resourceVersion?: string;
      finalizers?: string[];
      ownerReferences?: Owner[];
    };
  if (!name) {
    const hint = generateName ? 'generateName cannot be applied: git names what it owns' : 'every object needs a name';
    report(['metadata'], `"name" is missing; ${hint}`, 'missing-field');
  } else if (PATH_SEGMENT.test(`${apiVersion}/${kind}`)) {
    checkSegment(name, ['metadata', 'name'], report);
  } else {
    const format = NAME_FORMATS[`${apiVersion}/${kind}`]?.(target) ?? 'dns-subdomain';
    if (!formats[format]!(name))
      report(['metadata', 'name'], `expected ${expectedFormat(format)}; got ${JSON.stringify(name)}`);
    // It is looked at even where there is a name. A dash at its end is between it and what is generated.
    if (generateName && !formats[format]!(generateName.replace(/-$/, 'x')))
      report(
        ['metadata', 'generateName'],
        `expected the beginning of ${expectedFormat(format)}; got ${JSON.stringify(generateName)}`,
      );
  }
  if (resourceVersion && !/^\d+$/.test(resourceVersion))
    report(
      ['metadata', 'resourceVersion'],
      `expected a number, as the API server sets it; got ${JSON.stringify(resourceVersion)}`,
    );
  // The API server clears the namespace of what belongs to none.
  if (namespace && !cluster && !formats['dns-label']!(namespace))
    report(['metadata', 'namespace'], `expected ${expectedFormat('dns-label')}; got ${JSON.stringify(namespace)}`);
  checkLabels(labels, ['metadata', 'labels'], report);
  checkAnnotations(annotations, ['metadata', 'annotations'], report);
  checkOwners(ownerReferences ?? [], ['metadata', 'ownerReferences'], report);
  checkFinalizers(
    finalizers ?? [],
    ['metadata', 'finalizers'],
    report,
    FINALIZER_GROUPS.test(apiVersion) && kind !== 'Event',
  );
}

/** A name that a URL has to have a place for. */
export function checkSegment(name: unknown, path: Path, report: Report): void {
  if (/[/%]|^\.\.?$/.test(String(name ?? '')))
    report(path, `expected a name without "/" and "%"; got ${JSON.stringify(name)}`);
}

/** Annotations of an object, or of the pods of a template. */
export function checkAnnotations(annotations: Record<string, string> | undefined, path: Path, report: Report): void {
  for (const key of Object.keys(annotations ?? {})) {
    if (!formats['qualified-name']!(key.toLowerCase()))
      report([...path, key], `expected ${expectedFormat('qualified-name')}; got the name ${JSON.stringify(key)}`);
  }
  const bytes = Object.entries(annotations ?? {}).reduce(
    (sum, [key, value]) => sum + key.length + Buffer.byteLength(value ?? ''),
    0,
  );
  if (bytes > MAX_ANNOTATIONS)
    report(path, `annotations may have ${MAX_ANNOTATIONS} bytes in all; these have ${bytes}`);
}

interface Owner {
  apiVersion: string;
  kind: string;
  controller?: boolean;
}

/** What an object goes with when it is deleted. */
function checkOwners(owners: Owner[], path: Path, report: Report): void {
  for (const [index, { apiVersion, kind, controller }] of owners.entries()) {
    const at = [...path, index];
    if (!/^([^/]*\/)?[^/]+$/.test(apiVersion))
      report([...at, 'apiVersion'], `expected a version such as v1 or apps/v1; got ${JSON.stringify(apiVersion)}`);
    if (kind === 'Event' && apiVersion.replace(/^\//, '') === 'v1')
      report([...at, 'kind'], 'an Event cannot be an owner');
    if (controller && owners.findIndex((owner) => owner.controller) < index)
      report([...at, 'controller'], 'only one owner can be the controller');
  }
}

function checkFinalizers(finalizers: string[], path: Path, report: Report, needsDomain: boolean): void {
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    report(path, 'orphan and foregroundDeletion exclude each other');
  if (!needsDomain) return;
  for (const [index, name] of finalizers.entries()) {
    if (!name.includes('/') && !FINALIZERS.has(name))
      report([...path, index], `expected a name with a domain such as example.com/wait; got ${JSON.stringify(name)}`);
  }
}

/** Labels of an object, or of the pods of a template. */
export function checkLabels(labels: Record<string, string> | undefined, path: Path, report: Report): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!formats['qualified-name']!(key))
      report([...path, key], `expected ${expectedFormat('qualified-name')}; got the name ${JSON.stringify(key)}`);
    if (!formats['label-value']!(value ?? ''))
      report([...path, key], `expected ${expectedFormat('label-value')}; got ${JSON.stringify(value)}`);
  }
}
