/** The fields of registry.yaml as its schema describes them: for docs/reference/registry-yaml.md, and for `explain`. */
import schema from '../../schemas/registry.schema.json' with { type: 'json' };
import { expectedOf } from './formats.js';

/** One field that a user may write. */
export interface Field {
  /** Such as redis.memory, ingress.allowFrom[].cidr or overlays.NAME.extends. */
  path: string;
  title: string;
  description: string;
  type: 'string' | 'boolean' | 'integer' | 'map' | 'list';
  /** The values that there are, where they are few; the empty one, which means "derived", is not among them. */
  values?: string[];
  /** What a value has to be, where the type does not say it: "a DNS label", "from 0 to 10". */
  expected?: string;
  /** Undefined where the field has to be written, or where not to choose is no value. */
  default: unknown;
  required: boolean;
  /** Whether an overlay may choose it for itself. */
  perOverlay: boolean;
  examples: unknown[];
}

interface FieldSchema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, FieldSchema>;
  items?: FieldSchema;
  required?: string[];
}

const root = schema as unknown as FieldSchema & { $defs: Record<string, FieldSchema> };
const TYPES: Record<string, Field['type']> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  object: 'map',
  array: 'list',
};

/** @returns every field of registry.yaml, each map before its own fields. */
export function fieldsOfSchema(): Field[] {
  const fields: Field[] = [];
  const add = (path: string, written: FieldSchema, parent: FieldSchema): void => {
    const resolved = written.$ref ? root.$defs[written.$ref.replace('#/$defs/', '')]! : written;
    fields.push(fieldOf(path, resolved, parent));
    for (const [name, inner] of Object.entries(resolved.properties ?? {})) add(`${path}.${name}`, inner, resolved);
    for (const [name, inner] of Object.entries(resolved.items?.properties ?? {}))
      add(`${path}[].${name}`, inner, resolved.items!);
  };
  for (const [name, field] of Object.entries(root.properties!)) add(name, field, root);
  const overlay = root.$defs['overlay']!;
  add('overlays.NAME.extends', overlay.properties!['extends']!, overlay);
  return fields;
}

function fieldOf(
  path: string,
  {
    title = '',
    description = '',
    type,
    format,
    enum: values,
    minimum,
    maximum,
    default: value,
    examples = [],
  }: FieldSchema,
  parent: FieldSchema,
): Field {
  const expected = format ? expectedOf(format) : minimum === undefined ? undefined : `from ${minimum} to ${maximum}`;
  const required = parent.required?.includes(path.split('.').at(-1)!) ?? false;
  return {
    path,
    title,
    description,
    type: TYPES[type!]!,
    ...(values ? { values: values.filter((one) => one !== '') } : {}),
    ...(expected ? { expected } : {}),
    default: required || value === null ? undefined : value,
    required,
    perOverlay:
      Object.hasOwn(root.$defs['overlay']!.properties!, path.split('.')[0]!) || path === 'overlays.NAME.extends',
    examples,
  };
}
