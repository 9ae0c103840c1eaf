import { contentHash, mergeMaps, typeOf, withHashedNames } from '../kustomize/index.js';
import { isNamespaced, type KubernetesObject } from '../model/index.js';
import { type Fields, type Layer, LayerError, type Read, readLayer } from './kustomization.js';

/** What this generator's kustomizations are made of. */
const OWN_FIELDS = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'patches', 'configMapGenerator']);
const OWN_GENERATOR_FIELDS = new Set(['name', 'behavior', 'files', 'options']);
const OWN_GENERATOR_OPTIONS = new Set(['labels', 'annotations']);

/**
 * The finished objects of a tree as this generator writes it, at any commit and without kustomize: the same as kustomize
 * builds, which is tested with it.
 */
export class WrittenTree {
  readonly #read: Read;
  /** What several overlays build on is read and put together once. */
  readonly #layers = new Map<string, Layer>();
  readonly #assembled = new Map<Layer, Assembled>();

  /** @param read reads its files, which stay the same meanwhile */
  constructor(read: Read) {
    this.#read = read;
  }

  /** @throws LayerError where a layer cannot be read, or has what this generator never writes, and only kustomize can build it */
  objectsOf(folder: string): KubernetesObject[] {
    return finished(this.#assemble(readLayer(folder, this.#read, this.#layers)));
  }

  #assemble(layer: Layer): Assembled {
    const known =
      this.#assembled.get(layer) ??
      assemble(
        layer,
        layer.parents.map((parent) => this.#assemble(parent)),
        this.#read,
      );
    this.#assembled.set(layer, known);
    return known;
  }
}

function finished({ objects, configMaps }: Assembled): KubernetesObject[] {
  const hashed = new Map(
    [...configMaps].map(([name, { data }]) => [name, `${name}-${contentHash(data as Record<string, string>)}`]),
  );
  const generated = [...configMaps].map(([name, { metadata, ...rest }]) => ({
    ...rest,
    metadata: { ...(metadata as Fields), name: hashed.get(name) },
  }));
  return [
    ...objects.map((object) => withHashedNames(object as unknown as KubernetesObject, hashed)),
    ...(generated as unknown as KubernetesObject[]),
  ];
}

interface Assembled {
  objects: Fields[];
  /** Generated ConfigMaps by their names without the hash. */
  configMaps: Map<string, Fields>;
}

function assemble(layer: Layer, parents: readonly Assembled[], read: Read): Assembled {
  refuseOthers(layer);
  for (const { value, file } of [...layer.resources, ...layer.patches.flatMap(({ documents }) => documents)])
    if (!isObject(value)) throw new LayerError(`${file.path}: this is no Kubernetes object`);
  const configMaps = new Map(parents.flatMap((parent) => [...parent.configMaps]));
  let objects = [
    ...parents.flatMap((parent) => parent.objects),
    ...layer.resources.map(({ value }) => value as Fields),
  ];
  for (const patch of layer.patches.flatMap(({ documents }) => documents.map(({ value }) => value as Fields))) {
    const matches = (object: Fields): boolean => object['kind'] === patch['kind'] && nameOf(object) === nameOf(patch);
    if (patch['$patch'] === 'delete') {
      if (patch['kind'] === 'ConfigMap') configMaps.delete(nameOf(patch)!);
      objects = objects.filter((object) => !matches(object));
    } else {
      objects = objects.map((object) => (matches(object) ? patched(object, patch) : object));
    }
  }
  for (const entry of (layer.value['configMapGenerator'] ?? []) as Fields[])
    configMaps.set(entry['name'] as string, generated(layer, entry, read));
  const namespace = layer.value['namespace'] as string | undefined;
  const inNamespace = (object: Fields): Fields => (namespace === undefined ? object : moved(object, namespace));
  return {
    objects: objects.map(inNamespace),
    configMaps: new Map([...configMaps].map(([name, object]) => [name, inNamespace(object)])),
  };
}

/** Whether a document has what every object has: a file on disk may hold anything. */
function isObject(value: unknown): boolean {
  const { apiVersion, kind, metadata } = (value ?? {}) as Fields;
  const { name } = (metadata ?? {}) as Fields;
  return [apiVersion, kind, name].every((field) => typeof field === 'string');
}

function nameOf(object: Fields): string | undefined {
  return (object['metadata'] as Fields | undefined)?.['name'] as string | undefined;
}

/** What tells the object apart stays its own: the patch names the parent's. */
function patched(object: Fields, patch: Fields): Fields {
  const { name, namespace } = object['metadata'] as Fields;
  const merged = mergeMaps(object, patch, typeOf(object as { apiVersion: string; kind: string }));
  return {
    ...merged,
    metadata: { ...(merged['metadata'] as Fields), name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** As kustomize sets a namespace: a Namespace is renamed, and a ServiceAccount that may do something is the one there. */
function moved(object: Fields, namespace: string): Fields {
  const metadata = object['metadata'] as Fields;
  if (object['kind'] === 'Namespace') return { ...object, metadata: { ...metadata, name: namespace } };
  if (!isNamespaced(object as unknown as KubernetesObject)) return object;
  const subjects = object['kind'] === 'RoleBinding' && {
    subjects: ((object['subjects'] ?? []) as Fields[]).map((subject) =>
      subject['kind'] === 'ServiceAccount' ? { ...subject, namespace } : subject,
    ),
  };
  return { ...object, ...subjects, metadata: { ...metadata, namespace } };
}

function generated(layer: Layer, { name, files = [], options }: Fields, read: Read): Fields {
  const data = Object.fromEntries(
    layer.generated
      .filter((file) => file.kind === 'ConfigMap' && file.name === name && file.file !== undefined)
      .map(({ key, file }) => {
        const found = read(file!);
        if (typeof found !== 'object') throw new LayerError(`${layer.file.path}: there is no file ${file}`);
        return [key, found.text];
      }),
  );
  if (Object.keys(data).length !== (files as unknown[]).length)
    throw new LayerError(`${layer.file.path}: the files of the ConfigMap ${String(name)} cannot be read`);
  const { labels, annotations } = (options ?? {}) as Fields;
  const metadata = { name, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

function refuseOthers({ file, value, elsewhere, patches }: Layer): void {
  const others = [
    ...Object.keys(value).filter((field) => !OWN_FIELDS.has(field)),
    ...elsewhere,
    ...patches
      .filter(({ kind, target }) => kind !== 'strategic' || target !== undefined)
      .map(() => 'a patch with a target'),
    ...((value['configMapGenerator'] ?? []) as Fields[]).flatMap((entry) => [
      ...Object.keys(entry).filter((field) => !OWN_GENERATOR_FIELDS.has(field)),
      ...Object.keys((entry['options'] ?? {}) as Fields).filter((field) => !OWN_GENERATOR_OPTIONS.has(field)),
    ]),
  ];
  if (others.length > 0)
    throw new LayerError(`${file.path}: only kustomize can build this (${[...new Set(others)].join(', ')})`);
}
