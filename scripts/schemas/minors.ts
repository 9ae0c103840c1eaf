/**
 * One schema for several minors: what they share is there once. A field that only some have carries `x-minors`, the
 * first and the last of them; where a schema differs otherwise, `x-versions` holds the parts that differ, each with its
 * minors.
 */
import { isObject, type Json, type JsonObject, sorted } from './json.js';

/** First and last minor, both included. */
export type Minors = [first: number, last: number];

/** @returns the schema of all minors together. @throws where a field comes, goes and comes again */
export function mergeMinors(byMinor: ReadonlyMap<number, JsonObject>): JsonObject {
  const minors = [...byMinor.keys()].sort((a, b) => a - b);
  const schemas = minors.map((minor) => byMinor.get(minor)!);
  if (schemas.every((schema) => same(schema, schemas[0]!))) return schemas[0]!;
  const merged: JsonObject = {};
  const names = new Set(schemas.flatMap((schema) => Object.keys((schema['properties'] ?? {}) as JsonObject)));
  if (names.size > 0) {
    const properties: JsonObject = {};
    for (const name of [...names].sort()) {
      const having = new Map(
        minors.flatMap((minor): [number, JsonObject][] => {
          const property = (byMinor.get(minor)!['properties'] as JsonObject | undefined)?.[name];
          return isObject(property) ? [[minor, property]] : [];
        }),
      );
      const property = mergeMinors(having);
      properties[name] =
        having.size === minors.length
          ? property
          : { ...property, 'x-minors': rangeOf([...having.keys()], minors, name) };
    }
    merged['properties'] = properties;
  }
  const keywords = new Set(schemas.flatMap(Object.keys).filter((keyword) => keyword !== 'properties'));
  const differing = [...keywords].filter(
    (keyword) => !schemas.every((schema) => keyword in schema && same(schema[keyword]!, schemas[0]![keyword]!)),
  );
  for (const keyword of keywords) if (!differing.includes(keyword)) merged[keyword] = schemas[0]![keyword]!;
  if (differing.length > 0) {
    const versions: { minors: Minors; schema: JsonObject }[] = [];
    for (const [index, minor] of minors.entries()) {
      const schema = Object.fromEntries(
        differing.flatMap((keyword) => (keyword in schemas[index]! ? [[keyword, schemas[index]![keyword]!]] : [])),
      );
      const last = versions.at(-1);
      if (last && same(last.schema, schema)) last.minors[1] = minor;
      else versions.push({ minors: [minor, minor], schema });
    }
    merged['x-versions'] = versions;
  }
  return merged;
}

/** @returns what one minor's schema was before the minors were merged. */
export function schemaAt(merged: JsonObject, minor: number): JsonObject {
  const { 'x-versions': versions, 'x-minors': _, properties, ...rest } = merged;
  const own = ((versions ?? []) as unknown as { minors: Minors; schema: JsonObject }[]).find(({ minors }) =>
    includes(minors, minor),
  );
  const schema: JsonObject = { ...rest, ...own?.schema };
  if (isObject(properties)) {
    const kept = Object.entries(properties as Record<string, JsonObject>).filter(
      ([, property]) => !property['x-minors'] || includes(property['x-minors'] as Minors, minor),
    );
    if (kept.length > 0)
      schema['properties'] = Object.fromEntries(kept.map(([name, property]) => [name, schemaAt(property, minor)]));
  }
  return schema;
}

/** @returns the first and last of some minors. @throws where one between them is missing */
export function rangeOf(some: number[], all: number[], what: string): Minors {
  const range: Minors = [Math.min(...some), Math.max(...some)];
  if (all.filter((minor) => includes(range, minor)).length !== some.length)
    throw new Error(`${what} comes, goes and comes again`);
  return range;
}

export function includes([first, last]: Minors, minor: number): boolean {
  return first <= minor && minor <= last;
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
