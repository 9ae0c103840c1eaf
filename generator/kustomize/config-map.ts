import { createHash } from 'node:crypto';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import {
  type Complete,
  type FileContent,
  type GeneratedConfigMap,
  type KubernetesObject,
  type Model,
  podSpecOf,
} from '../model/index.js';
import { toYaml } from './yaml.js';

/** @returns the bytes of a ConfigMap's file, as committed and as the pods read them. */
export function fileText(content: FileContent, header: string[]): string {
  // Asked for once for the object, and once for the file.
  const known = texts.get(content);
  if (known?.header === header) return known.text;
  const text = writeText(content, header);
  texts.set(content, { header, text });
  return text;
}

function writeText(content: FileContent, header: string[]): string {
  if ('yaml' in content) return toYaml(content.yaml, header);
  if ('json' in content) return `${JSON.stringify(content.json, undefined, 2)}\n`;
  if ('script' in content) return [...header.map((line) => `// ${line}`), content.script].join('\n');
  return [...header.map((line) => `# ${line}`), ...content.lines, ''].join('\n');
}

const texts = new WeakMap<FileContent, { header: string[]; text: string }>();

/** @returns the ConfigMap's data: file name -> text. */
export function dataOf(configMap: GeneratedConfigMap, header: string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(configMap.files).map(([name, content]) => [name, fileText(content, header)]),
  );
}

/**
 * The suffix that kustomize's configMapGenerator gives a ConfigMap's name.
 *
 * @see https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/hasher/hasher.go
 */
export function contentHash(data: Record<string, string>): string {
  const sorted = Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
  // kustomize looks for a field "metadata/name" and finds none, so the name is always empty.
  // Go's encoding/json escapes the characters below, JSON.stringify doesn't.
  const json = JSON.stringify({ data: sorted, kind: 'ConfigMap', name: '' }).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const hex = createHash('sha256').update(json).digest('hex').slice(0, 10);
  const letters: Record<string, string> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  return hex.replace(/[013ae]/g, (char) => letters[char]!);
}

/**
 * Finishes a model: generated ConfigMaps become objects with a hash in their names, and pods refer to those.
 *
 * @param header the comment lines that the ConfigMaps' files begin with
 * @returns the objects, exactly as kustomize builds them from the tree
 */
export function finish(model: Model, header: string[]): KubernetesObject[] {
  const hashed = new Map<string, string>();
  const configMaps = model.configMaps.map((configMap): Complete<ConfigMap> => {
    const data = dataOf(configMap, header);
    const name = `${configMap.name}-${contentHash(data)}`;
    hashed.set(configMap.name, name);
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: model.namespace,
        labels: configMap.labels,
        ...(configMap.annotations ? { annotations: configMap.annotations } : {}),
      },
      data,
    };
  });
  const objects = model.objects.map((object) => withHashedNames(object, hashed));
  return [...objects, ...configMaps];
}

/** @param hashed names of generated ConfigMaps -> with their hashes */
export function withHashedNames(object: KubernetesObject, hashed: Map<string, string>): KubernetesObject {
  if (!podSpecOf(object)) return object;
  const finished = structuredClone(object);
  for (const { configMap } of podSpecOf(finished)!.volumes ?? []) {
    const name = configMap?.name && hashed.get(configMap.name);
    if (configMap && name) configMap.name = name;
  }
  return finished;
}
