/**
 * Keywords that Kubernetes' schemas have and JSON schema doesn't, as code generators for ajv: what they give becomes
 * part of the precompiled validators.
 */
import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt, type Name } from 'ajv';
import { _Code } from 'ajv/dist/compile/codegen/code.js';
import { and } from 'ajv/dist/compile/codegen/index.js';
import { countSet, duplicateItem } from './runtime.js';

/** The range of minors that an object must be right for: `this` of a validator's call. */
export interface Target {
  first: number;
  last: number;
}

/** x-minors: [first, last]: a field that only these minors have. */
const minors: CodeKeywordDefinition = {
  keyword: 'x-minors',
  schemaType: 'array',
  code(cxt: KeywordCxt) {
    const [first, last] = cxt.schema as [number, number];
    cxt.fail(_`this.first < ${first} || this.last > ${last}`);
  },
  error: { message: 'is not in every minor', params: ({ schema }) => _`{first: ${schema[0]}, last: ${schema[1]}}` },
};

/** x-versions: schemas with an x-range, the minors that they are for; of those in the target's range all apply. */
const versions: CodeKeywordDefinition = {
  keyword: 'x-versions',
  schemaType: 'array',
  code(cxt: KeywordCxt) {
    const { gen, schema } = cxt;
    const valid = gen.name('valid');
    (schema as { 'x-range': [number, number] }[]).forEach(({ 'x-range': [first, last], ...rest }, index) => {
      if (Object.keys(rest).length === 0) return;
      // The schema's own errors say what is wrong.
      gen.if(_`this.first <= ${last} && this.last >= ${first}`, () =>
        cxt.subschema({ keyword: 'x-versions', schemaProp: index }, valid),
      );
    });
  },
};

/** x-not-null: null, which stands for "not set", in a field that must be set. */
const notNull: CodeKeywordDefinition = {
  keyword: 'x-not-null',
  code: (cxt: KeywordCxt) => cxt.fail(_`${cxt.data} === null`),
  error: { message: 'must not be null' },
};

/** x-unique-by: the keys by which the items of a list are distinguished. */
const uniqueBy: CodeKeywordDefinition = {
  keyword: 'x-unique-by',
  type: 'array',
  schemaType: 'array',
  code(cxt: KeywordCxt) {
    const { gen, data, schema } = cxt;
    const check = gen.scopeValue('func', { ref: duplicateItem, code: new _Code('duplicateItem') });
    const index = gen.const('duplicate', _`${check}(${data}, ${(schema as string[]).join()})`);
    cxt.setParams({ index });
    cxt.fail(_`${index} >= 0`);
  },
  error: {
    message: 'has two items with the same keys',
    params: ({ params, schema }) =>
      _`{index: ${(params as unknown as { index: Name }).index}, keys: ${(schema as string[]).join()}}`,
  },
};

/*
 * ajv's own additionalProperties and enum refer to the schema as an object, which then has to be loaded with the
 * validator. These two put what they need into the code.
 */

/** x-closed: true: fields that `properties` doesn't name are errors. */
const closed: CodeKeywordDefinition = {
  keyword: 'x-closed',
  type: 'object',
  schemaType: 'boolean',
  code(cxt: KeywordCxt) {
    const { gen, data, parentSchema } = cxt;
    const known = Object.keys((parentSchema['properties'] ?? {}) as object);
    gen.forIn('key', data, (key) => {
      const unknown = known.length > 0 ? and(...known.map((name) => _`${key} !== ${name}`)) : _`true`;
      gen.if(unknown, () => {
        cxt.setParams({ key });
        cxt.error(true);
      });
    });
  },
  error: {
    message: 'has an unknown field',
    params: ({ params, parentSchema }) =>
      _`{field: ${(params as unknown as { key: Name }).key}, known: ${Object.keys((parentSchema?.['properties'] ?? {}) as object).join()}}`,
  },
};

/** x-deprecated: what to write instead of a field that is deprecated. */
const deprecated: CodeKeywordDefinition = {
  keyword: 'x-deprecated',
  schemaType: 'string',
  code: (cxt: KeywordCxt) => cxt.fail(_`${cxt.data} !== null && ${cxt.data} !== ""`),
  error: { message: 'is deprecated', params: ({ schema }) => _`{instead: ${schema}}` },
};

/** x-one-of: fields of which exactly one has to be set. */
const oneOf: CodeKeywordDefinition = {
  keyword: 'x-one-of',
  type: 'object',
  schemaType: 'array',
  code(cxt: KeywordCxt) {
    const { gen, data, schema } = cxt;
    const count = gen.scopeValue('func', { ref: countSet, code: new _Code('countSet') });
    cxt.fail(_`${count}(${data}, ${(schema as string[]).join()}) !== 1`);
  },
  error: {
    message: 'has not exactly one of the fields',
    params: ({ schema }) => _`{fields: ${(schema as string[]).join()}}`,
  },
};

/** x-enum: the values of a text. */
const values: CodeKeywordDefinition = {
  keyword: 'x-enum',
  schemaType: 'array',
  code(cxt: KeywordCxt) {
    const { data, schema } = cxt;
    cxt.fail(and(...(schema as (string | null)[]).map((value) => _`${data} !== ${value}`)));
  },
  error: { message: 'is none of the values', params: ({ schema }) => _`{values: ${JSON.stringify(schema)}}` },
};

/** Tells ajv the keywords. Those without code only inform what converts schemas. */
export function addKeywords(ajv: Ajv): void {
  for (const keyword of [minors, versions, notNull, uniqueBy, deprecated, oneOf, closed, values])
    ajv.addKeyword(keyword);
  for (const keyword of ['x-range', 'x-no-empty']) ajv.addKeyword({ keyword });
}
