import type { ErrorObject } from 'ajv';
import { closest, distance } from 'fastest-levenshtein';
import validateShape from '../generated/config-validator.js';
import { expectedOf } from './formats.js';
import { nearestFields } from './nearest-fields.js';
import { child, keys } from './pointer.js';
import type { Problem } from './problem.js';
import type { SourceFile } from './read-yaml.js';

/** Words that YAML 1.1 reads as booleans. kubectl, Helm and Go programs do so still; YAML 1.2 reads them as text. */
const YAML_1_1_BOOLEAN = /^(yes|no|on|off)$/i;

/**
 * Checks the shape of registry.yaml against its schema.
 *
 * @returns every problem: unknown and misspelt fields, wrong types and formats, and words that other YAML parsers
 *   read as booleans
 */
export function validate(source: SourceFile): Problem[] {
  const problems: Problem[] = [];
  const flagged = new Set<string>();
  if (!validateShape(source.value)) {
    for (const error of validateShape.errors as ErrorObject[]) {
      const message = messageOf(error, source);
      if (!message) continue;
      flagged.add(message.pointer);
      problems.push(source.problem(message.pointer, message.text, message.at));
    }
  }
  for (const pointer of source.pointers()) {
    const value = source.plainText(pointer);
    if (value !== undefined && YAML_1_1_BOOLEAN.test(value) && !flagged.has(pointer)) {
      problems.push(
        source.problem(pointer, `many YAML parsers read ${value} as a boolean; write "${value}" in quotes`),
      );
    }
    const key = keys(pointer).at(-1);
    if (key !== undefined && YAML_1_1_BOOLEAN.test(key) && !flagged.has(pointer)) {
      problems.push(
        source.problem(pointer, `many YAML parsers read the key "${key}" as a boolean; choose another name`, 'key'),
      );
    }
  }
  return problems;
}

interface Message {
  pointer: string;
  at: 'key' | 'value';
  text: string;
}

/** @returns one of ajv's errors as a message; undefined where another error reports the same. */
function messageOf(error: ErrorObject, source: SourceFile): Message | undefined {
  const { instancePath: pointer, keyword, params, parentSchema = {}, data } = error;
  const value = (text: string): Message => ({ pointer, at: 'value', text });
  if (data === undefined) return undefined; // could not be read, which is reported already
  switch (keyword) {
    case 'additionalProperties': {
      const name: string = params['additionalProperty'];
      const known = Object.keys((parentSchema['properties'] ?? {}) as object);
      return {
        pointer: child(pointer, name),
        at: 'key',
        text: `unknown field ${quoted(name)}${hint(name, known) || `; ${nearestFields(name, known)}`}`,
      };
    }
    case 'type':
      return value(wrongType(parentSchema, data, pointer, source.plainText(pointer)));
    case 'enum': {
      const allowed = (parentSchema['enum'] as string[]).filter((item) => item !== '');
      if (typeof data !== 'string') return undefined; // reported as a wrong type
      return value(`expected one of ${allowed.join(', ')}; got ${quoted(data)}${hint(data, allowed)}`);
    }
    case 'format': {
      // The names of a map are checked as values of their own: point to the key.
      const name = error.propertyName;
      const expected = expectedOf(params['format']);
      if (name === undefined) return value(`expected ${expected}; got ${quoted(data)}${quantityHint(params, data)}`);
      return { pointer: child(pointer, name), at: 'key', text: `expected ${expected}; got ${quoted(name)}` };
    }
    case 'required':
      return value(`the required field "${params['missingProperty']}" is missing`);
    case 'minimum':
    case 'maximum':
      return value(`expected a number from ${parentSchema['minimum']} to ${parentSchema['maximum']}; got ${data}`);
    case 'minItems':
      return value('expected a list that is not empty; got []');
    case 'minLength':
      return value('expected a string that is not empty; got ""');
    case 'maxLength': {
      const name = error.propertyName;
      const text = `expected at most ${params['limit']} characters; got ${String(data).length}`;
      return name === undefined ? value(text) : { pointer: child(pointer, name), at: 'key', text };
    }
    case 'pattern':
      return value(`expected a string without quotes, backslashes and control characters; got ${quoted(data)}`);
    case 'minProperties':
    case 'maxProperties': {
      const names = Object.keys(parentSchema['properties'] as object);
      return value(`expected exactly one of ${names.join(', ')}`);
    }
    case 'propertyNames':
      return undefined; // the error of the name reports it
    default:
      return value(error.message ?? keyword);
  }
}

const TYPE_NAMES: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  integer: 'an integer',
  object: 'a map of fields',
  array: 'a list',
};

function wrongType(schema: Record<string, unknown>, data: unknown, pointer: string, plain: string | undefined): string {
  const type = schema['type'] as string;
  const format = schema['format'] as string | undefined;
  const allowed = schema['enum'] as string[] | undefined;
  const expected = allowed
    ? `one of ${allowed.filter((item) => item !== '').join(', ')}`
    : format
      ? expectedOf(format)
      : TYPE_NAMES[type]!;
  const got = `expected ${expected}; got ${describe(data, plain)}`;
  if (type === 'boolean' && typeof data === 'string' && /^(y|yes|on|true)$/i.test(data)) return `${got}; write true`;
  if (type === 'boolean' && typeof data === 'string' && /^(n|no|off|false)$/i.test(data)) return `${got}; write false`;
  if (type === 'integer' && typeof data === 'string' && /^\d+$/.test(data)) return `${got}; write it without quotes`;
  if (type === 'string' && ['number', 'boolean'].includes(typeof data) && plain !== undefined) {
    if (format === 'bytes-quantity' || format === 'optional-age') return `${got}; write it with a unit`;
    if (!allowed) return `${got}; write it in quotes: "${plain}"`;
  }
  if (type === 'array' && typeof data === 'string' && data !== '' && isListOfStrings(schema))
    return `${got}; write [${quoted(data)}]`;
  if (type === 'integer' && typeof data === 'string' && pointer.endsWith('Seconds')) {
    const seconds = secondsOf(data);
    if (seconds !== undefined) return `${got}; write it in seconds: ${seconds}`;
  }
  if (data === null && type === 'object') return `${got}; are the lines below it indented?`;
  return got;
}

function isListOfStrings({ items }: Record<string, unknown>): boolean {
  return (items as { type?: unknown } | undefined)?.type === 'string';
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** @returns the seconds of a text such as 15m or 1d; undefined for other text */
function secondsOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})\s*([smhdw])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * SECONDS[unit]!;
}

/** @returns how an amount of bytes such as 10GB is written as a quantity; empty for all else */
function quantityHint({ format }: Record<string, unknown>, data: unknown): string {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt])i?b$/i.exec(String(data)) ?? [];
  if (unit === undefined || !/(bytes|size)-quantity$/.test(String(format))) return '';
  const decimal = unit.toLowerCase() === 'k' ? 'k' : unit.toUpperCase();
  return `; write ${count}${decimal} or ${count}${unit.toUpperCase()}i`;
}

/** @returns the text in quotes, on one line and cut to a sensible length. What a URL logs in with is left out: CI prints problems. */
function quoted(text: unknown): string {
  const whole = String(text).replace(/:\/\/\S*@/g, '://***@');
  return JSON.stringify(whole.length > 100 ? `${whole.slice(0, 97)}...` : whole);
}

function describe(data: unknown, plain: string | undefined): string {
  if (data === null) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  switch (typeof data) {
    case 'object':
      return 'a map';
    case 'string':
      return quoted(data);
    case 'number':
      return `the number ${plain ?? data}`;
    default:
      return `the ${typeof data} ${plain ?? data}`;
  }
}

/** @returns the known name nearest to a misspelt one, or where none is near all of them, or the first few. */
export function suggest(name: string, known: string[], most = known.length): string {
  const near = hint(name, known).replace(/^; /, '');
  if (near || known.length === 0) return near || 'there are none';
  return `choose one of ${known.slice(0, most).join(', ')}${known.length > most ? ' and others' : ''}`;
}

function hint(name: string, known: string[]): string {
  if (known.length === 0 || name.length > 100) return '';
  const lower = name.toLowerCase();
  const nearest = known.find((item) => item.toLowerCase() === lower) ?? closest(name, known);
  const edits = distance(lower, nearest.toLowerCase());
  const near = edits < nearest.length && edits <= Math.max(2, Math.floor(nearest.length / 3));
  return near ? `; did you mean "${nearest}"?` : '';
}
