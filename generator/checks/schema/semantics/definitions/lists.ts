/** Lists of a structural schema: atomic, sets, and maps with keys. */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { isSchema, listOf } from './schema-shape.js';

export function checkList(schema: Fields, path: Path, report: Report): void {
  const list = schema['x-kubernetes-list-type'] as string | undefined;
  const keys = listOf<string>(schema['x-kubernetes-list-map-keys']);
  const items = isSchema(schema['items']) ? schema['items'] : {};
  const [at, atKeys] = [
    [...path, 'x-kubernetes-list-type'],
    [...path, 'x-kubernetes-list-map-keys'],
  ];
  if (keys.length > 0 && list !== 'map') report(at, 'must be map where there are x-kubernetes-list-map-keys');
  if (list === undefined) return;
  if (schema['type'] !== 'array') report(at, 'belongs to the type array');
  if (!['atomic', 'set', 'map'].includes(list)) report(at, `expected atomic, set or map; got ${JSON.stringify(list)}`);
  if (list !== 'atomic' && items['nullable'] === true)
    report([...path, 'items', 'nullable'], `must be false in a ${list}`);
  if (list === 'set' && items['type'] === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    report([...path, 'items', 'x-kubernetes-map-type'], 'must be atomic in a set');
  if (list === 'set' && items['type'] === 'array' && (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic')
    report([...path, 'items', 'x-kubernetes-list-type'], 'must be atomic in a set');
  if (list !== 'map') return;
  if (keys.length === 0) report(atKeys, 'must be set for a map', 'missing-field');
  if (items['type'] !== 'object') return report([...path, 'items', 'type'], 'must be object in a map');
  for (const [index, key] of keys.entries()) {
    const property = items['properties']?.[key] as Fields | undefined;
    if (keys.indexOf(key) < index) report([...atKeys, index], `${key} is there twice`, 'duplicate-item');
    if (!property) report([...atKeys, index], `the items have no field ${key}`);
    else if (property['type'] === 'array' || property['type'] === 'object')
      report([...atKeys, index], `expected a field with one value; ${key} is of the type ${property['type']}`);
    else if (property['nullable'] === true)
      report([...path, 'items', 'properties', key, 'nullable'], 'must be false for a key');
    else if (property['default'] === undefined && !listOf<string>(items['required']).includes(key))
      report([...atKeys, index], `${key} must be required, or have a default`);
  }
}
