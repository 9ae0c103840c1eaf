import type { RoleBinding } from 'kubernetes-types/rbac/v1';
import { isNamespaced, type GeneratedConfigMap, type KubernetesObject, type Model } from '../model/index.js';
import { dataOf } from './config-map.js';
import { typeOf } from './merge-keys.js';
import { diffMaps, isEqual, SAME } from './patch.js';
import { type TreeFile, YamlFile } from './yaml.js';

/** One folder of the tree: the base, or an overlay. */
export interface Layer {
  /** Path of the folder, such as base or overlays/tls. */
  folder: string;
  model: Model;
  /** The layer that this one builds on. */
  parent?: Layer;
}

/** Path in the tree -> file. */
export type Files = Map<string, TreeFile>;

interface Kustomization {
  resources: string[];
  patches: string[];
  configMaps: {
    name: string;
    behavior?: 'replace';
    files: string[];
    options: { labels: Record<string, string>; annotations?: Record<string, string> };
  }[];
}

/**
 * Writes the folder of one layer: kustomization.yaml, a file for each object that the parent doesn't have, a patch for
 * each that differs, and the files of its ConfigMaps.
 *
 * @param header comment lines at the top of every file
 */
export function writeLayer(layer: Layer, header: string[]): Files {
  const { folder, model } = layer;
  const parent = layer.parent && sharesObjects(layer.parent.model, model) ? layer.parent : undefined;
  const files: Files = new Map();
  const kustomization: Kustomization = { resources: [], patches: [], configMaps: [] };
  if (parent) kustomization.resources.push(relativePath(folder, parent.folder));

  const inherited = new Map(parent?.model.objects.map((object) => [identity(object), object]));
  for (const object of model.objects) {
    const file = fileName(object, model.name);
    const before = inherited.get(identity(object));
    inherited.delete(identity(object));
    if (!before) {
      files.set(`${folder}/${file}`, new YamlFile(resource(object), header));
      kustomization.resources.push(file);
      continue;
    }
    const patch = derivePatch(before, object);
    if (!patch) continue;
    files.set(`${folder}/patches/${file}`, new YamlFile(patch, header));
    kustomization.patches.push(`patches/${file}`);
  }
  for (const dropped of inherited.values()) {
    const file = `patches/delete-${fileName(dropped, parent!.model.name)}`;
    files.set(`${folder}/${file}`, new YamlFile(deletion(dropped), header));
    kustomization.patches.push(file);
  }
  writeConfigMaps(layer, parent, files, kustomization, header);
  files.set(`${folder}/kustomization.yaml`, new YamlFile(kustomizationOf(kustomization, model.namespace), header));
  return files;
}

/** An overlay that renames everything shares nothing with its parent, and stands alone. */
function sharesObjects(parent: Model, model: Model): boolean {
  const ids = new Set(parent.objects.filter(isNamespaced).map(identity));
  return model.objects.some((object) => isNamespaced(object) && ids.has(identity(object)));
}

/** The namespace is the kustomization's to set, so it tells no objects apart; not even Namespaces. */
function identity({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${apiVersion}/${kind}/${kind === 'Namespace' ? '' : metadata.name}`;
}

/** @returns the file's name: what the name adds to the registry's, then the kind. */
function fileName({ kind, metadata }: KubernetesObject, registry: string): string {
  const { name } = metadata;
  const suffix = name.startsWith(`${registry}-`) ? `${name.slice(registry.length + 1)}-` : '';
  const isOnly = kind === 'Namespace' || kind === 'PersistentVolume';
  return `${isOnly ? '' : suffix}${kind.toLowerCase()}.yaml`;
}

/** @returns the object without the namespace, which kustomization.yaml sets; in a RoleBinding for its ServiceAccounts too. */
function resource(object: KubernetesObject): KubernetesObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...withoutSubjectNamespaces(object), metadata };
}

function withoutSubjectNamespaces(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'RoleBinding') return object;
  const { subjects = [] } = object as RoleBinding;
  return {
    ...object,
    subjects: subjects.map(({ namespace, ...subject }) =>
      namespace === object.metadata.namespace ? subject : { ...subject, namespace },
    ),
  } as KubernetesObject;
}

/** @returns apiVersion, kind and the metadata by which kustomize finds the parent's object. */
function target({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
}

function deletion(object: KubernetesObject): object {
  return { $patch: 'delete', ...target(object) };
}

/** @returns the patch that makes the parent's object into the overlay's, or undefined where they are the same. */
function derivePatch(from: KubernetesObject, to: KubernetesObject): object | undefined {
  const { apiVersion, kind, metadata } = target(from);
  // Name and namespace differ only where kustomize's own namespace transformation makes them equal.
  const unnamed = ({ metadata: { name: _, namespace: __, ...rest }, ...object }: KubernetesObject) => ({
    ...object,
    metadata: rest,
  });
  const change = diffMaps(unnamed(withoutSubjectNamespaces(from)), unnamed(withoutSubjectNamespaces(to)), typeOf(from));
  if (change === SAME) return undefined;
  const { metadata: metadataChange, ...rest } = change;
  return { apiVersion, kind, metadata: { ...metadata, ...(metadataChange as object | undefined) }, ...rest };
}

function writeConfigMaps(
  { folder, model }: Layer,
  parent: Layer | undefined,
  files: Files,
  kustomization: Kustomization,
  header: string[],
): void {
  const inherited = new Map(parent?.model.configMaps.map((configMap) => [configMap.name, configMap]));
  for (const configMap of model.configMaps) {
    const before = inherited.get(configMap.name);
    inherited.delete(configMap.name);
    if (before && isEqual(before.files, configMap.files)) continue;
    const subfolder = configMap.name.slice(model.name.length + 1);
    const data = dataOf(configMap, header);
    for (const [name, text] of Object.entries(data)) files.set(`${folder}/${subfolder}/${name}`, { text });
    kustomization.configMaps.push({
      name: configMap.name,
      ...(before ? { behavior: 'replace' } : {}),
      files: Object.keys(data).map((name) => `${subfolder}/${name}`),
      options: {
        labels: configMap.labels,
        ...(configMap.annotations ? { annotations: configMap.annotations } : {}),
      },
    });
  }
  for (const dropped of inherited.values()) {
    const object = configMapObject(dropped, parent!.model);
    const file = `patches/delete-${fileName(object, parent!.model.name)}`;
    files.set(`${folder}/${file}`, new YamlFile(deletion(object), header));
    kustomization.patches.push(file);
  }
}

function configMapObject({ name }: GeneratedConfigMap, { namespace }: Model): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}

function kustomizationOf({ resources, patches, configMaps }: Kustomization, namespace: string): object {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources,
    ...(patches.length > 0 ? { patches: patches.map((path) => ({ path })) } : {}),
    ...(configMaps.length > 0
      ? {
          configMapGenerator: configMaps.map(({ name, behavior, files, options }) => ({
            name,
            ...(behavior ? { behavior } : {}),
            files,
            options,
          })),
        }
      : {}),
  };
}

function relativePath(from: string, to: string): string {
  const up = from.split('/');
  const down = to.split('/');
  while (up.length > 0 && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  return [...up.map(() => '..'), ...down].join('/');
}
