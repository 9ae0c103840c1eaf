import type { KubernetesObject } from '../../../model/index.js';
import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats.js';
import type { Target } from '../keywords.js';
import type { Context, Report } from './index.js';

/** Kinds whose names are stricter or laxer than most: a DNS subdomain. */
const NAME_FORMATS: Record<string, (target: Target) => string> = {
  // The feature RelaxedServiceNameValidation is on since 1.36.
  'v1/Service': ({ first }) => (first < 36 ? 'dns-1035-label' : 'dns-label'),
  'v1/Namespace': () => 'dns-label',
};
const PATH_SEGMENT_GROUP = 'rbac.authorization.k8s.io/';
/** Bytes of all annotations of an object together. */
const MAX_ANNOTATIONS = 256 * 1024;

export function checkMetadata({ apiVersion, kind, metadata }: KubernetesObject, { cluster, target }: Context, report: Report): void {
  const { name, namespace, annotations, labels, generateName, ownerReferences } = metadata as typeof metadata & { generateName?: string; ownerReferences?: Owner[] };
  if (!name) {
    const hint = generateName ? 'generateName cannot be applied: git names what it owns' : 'every object needs a name';
    report(['metadata'], `"name" is missing; ${hint}`, 'missing-field');
  } else if (apiVersion.startsWith(PATH_SEGMENT_GROUP)) {
    if (/[/%]/.test(name) || name === '.' || name === '..') report(['metadata', 'name'], `expected a name without "/" and "%"; got ${JSON.stringify(name)}`);
  } else {
    const format = NAME_FORMATS[`${apiVersion}/${kind}`]?.(target) ?? 'dns-subdomain';
    if (!formats[format]!(name)) report(['metadata', 'name'], `expected ${expectedFormat(format)}; got ${JSON.stringify(name)}`);
  }
  if (namespace) {
    if (cluster) report(['metadata', 'namespace'], `a ${kind} belongs to no namespace; remove this`);
    else if (!formats['dns-label']!(namespace)) report(['metadata', 'namespace'], `expected ${expectedFormat('dns-label')}; got ${JSON.stringify(namespace)}`);
  }
  checkLabels(labels, ['metadata', 'labels'], report);
  checkAnnotations(annotations ?? {}, ['metadata', 'annotations'], report);
  checkOwners(ownerReferences ?? [], ['metadata', 'ownerReferences'], report);
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
    if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) report([...at, 'apiVersion'], `expected a version such as v1 or apps/v1; got ${JSON.stringify(apiVersion)}`);
    if (kind === 'Event' && apiVersion.replace(/^\//, '') === 'v1') report([...at, 'kind'], 'an Event cannot be an owner');
    if (controller && owners.findIndex((owner) => owner.controller) < index) report([...at, 'controller'], 'only one owner can be the controller');
  }
}

/** Annotations of an object, or of the pods of a template. */
export function checkAnnotations(annotations: Record<string, string>, path: Path, report: Report): void {
  for (const key of Object.keys(annotations)) {
    if (!formats['qualified-name']!(key.toLowerCase())) report([...path, key], `expected ${expectedFormat('qualified-name')}; got the name ${JSON.stringify(key)}`);
  }
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value ?? ''), 0);
  if (bytes > MAX_ANNOTATIONS) report(path, `annotations may have ${MAX_ANNOTATIONS} bytes in all; these have ${bytes}`);
}

/** Labels of an object, or of the pods of a template. */
export function checkLabels(labels: Record<string, string> | undefined, path: Path, report: Report): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!formats['qualified-name']!(key)) report([...path, key], `expected ${expectedFormat('qualified-name')}; got the name ${JSON.stringify(key)}`);
    if (!formats['label-value']!(value ?? '')) report([...path, key], `expected ${expectedFormat('label-value')}; got ${JSON.stringify(value)}`);
  }
}
