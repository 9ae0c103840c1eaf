import type { JsonObject } from './json.js';
import type { Release } from './openapi.js';

/**
 * Adds the enumerations that stand in the Go code generated for OpenAPI.
 * Its lines are indented by depth: a property of a type stands at five tabs.
 */
export function addEnums({ definitions }: Release, code: string): void {
  const byFunction = new Map(Object.keys(definitions).map((name) => [functionName(name), name]));
  let definition: JsonObject | undefined;
  let property = '';
  for (const line of code.split('\n')) {
    const begins = /^func (schema_\w+)\(/.exec(line);
    if (begins) {
      definition = definitions[byFunction.get(begins[1]!) ?? ''];
      continue;
    }
    property = /^\t{5}"([^"]+)": \{$/.exec(line)?.[1] ?? property;
    const values = /^(\t+)Enum: +\[\]interface\{\}\{(.*)\},$/.exec(line);
    if (!values || !definition) continue;
    const schema = (definition['properties'] as Record<string, JsonObject>)[property]!;
    const target =
      values[1]!.length === 7 ? schema : ((schema['items'] ?? schema['additionalProperties']) as JsonObject);
    target['enum'] = (JSON.parse(`[${values[2]}]`) as string[]).sort();
  }
}

/** io.k8s.api.core.v1.Pod is schema_k8sio_api_core_v1_Pod, io.k8s.apimachinery.pkg.apis.meta.v1.X schema_pkg_apis_meta_v1_X. */
function functionName(definition: string): string {
  return `schema_${definition
    .replace(/^io\.k8s\.api\./, 'k8sio.api.')
    .replace(/^io\.k8s\.(apimachinery|apiextensions-apiserver|kube-aggregator)\./, '')
    .replace(/[.-]/g, '_')}`;
}
