/** Fields, rules and values that the documentation names are there, and its words are those of the field. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { rules, schemaRules } from '../../generator/checks/index.js';
import { CLASSES } from '../../generator/changes/change.js';
import { type Field, fieldsOfSchema, rules as fieldRules } from '../../generator/config/index.js';
import { placeOf, readPages } from './pages.js';

const test = suite('names in the documentation');
const pages = readPages();
const overlays = Object.keys((parse(readFileSync('registry.yaml', 'utf8')) as { overlays: object }).overlays);
const codes = pages.flatMap((page) => page.codes);
const fields = new Map(fieldsOfSchema().map((field) => [field.path, field]));
const MAPS = new Set(
  [...fields.values()].filter(({ type }) => type === 'map').map(({ path }) => path.split('.', 1)[0]!),
);

/** @returns the field that a path is of, also of an overlay. */
function fieldOf(path: string): Field | undefined {
  const own = path.replace(/^overlays\.[\w-]+\./, '');
  return fields.get(path) ?? fields.get(own) ?? (own === 'extends' ? fields.get('overlays.NAME.extends') : undefined);
}

/** Fields of config.yml, and examples of overlays. */
const OTHERS_FIELDS = new Set(['storage.maintenance.uploadpurging', 'overlays.prod-eu']);

/** @returns what is wrong with "storage.s3.bucket" or "gc.dryRun: true"; undefined where it is no field, or nothing is. */
function problemOfField(text: string): string | undefined {
  const [, path = '', value] = /^([a-zA-Z][\w-]*(?:\.[\w[\]-]+)+)(?:: (.+))?$/.exec(text) ?? [];
  if (OTHERS_FIELDS.has(path)) return undefined;
  if (!MAPS.has(path.split('.', 1)[0]!) || /\.(md|ya?ml|json|ts)$/.test(path)) return undefined;
  const field = fieldOf(path);
  if (!field) return `registry.yaml has no field ${path}`;
  if (value === undefined) return undefined;
  const read = parse(value) as unknown;
  if (field.values && !field.values.includes(String(read))) return `${path} is one of ${field.values.join(', ')}`;
  if (field.type === 'integer' && typeof read !== 'number') return `${path} is a number`;
  if (field.type === 'boolean' && typeof read !== 'boolean') return `${path} is true or false`;
  return undefined;
}

test('every field of registry.yaml that a page names is there, and takes the value that is named with it', () => {
  const named = codes.filter(({ text }) => MAPS.has(text.split('.', 1)[0]!) && text.includes('.'));
  assert.ok(named.length > 100, `${named.length}`);
  assert.equal(
    named.flatMap((at) => problemOfField(at.text) ?? []),
    [],
  );
  assert.match(problemOfField('storage.s3.buckett')!, /no field/);
  assert.match(problemOfField('gc.dryRun: maybe')!, /true or false/);
  assert.match(problemOfField('redis.type: cluster')!, /one of/);
  assert.match(problemOfField('overlays.tls.redis.memmory')!, /no field/);
});

/** Words in kebab case that are known as something else: programs, hooks of git, rights of a workflow, classes of others. */
const OTHER_WORDS = new Set(
  `check-storage commit-msg docker-registry etcd-server http-secret insecure-registries kube-apiserver kube-system oci-conformance post-commit pre-commit
  prepare-commit-msg pull-requests redis-server registry-gc registry-gc-recover registry-gitops registry-secrets security-events
  security-groups standard-rwx server-alias x-minors x-versions`.split(/\s+/),
);

test('a word in kebab case that a page quotes is a rule, a value of a field, a class of diff, or is known as something else', () => {
  const known = new Set<string>([
    ...[...rules, ...schemaRules, ...fieldRules.variant, ...fieldRules.file].map(({ id }) => id),
    ...[...fields.values()].flatMap(({ values }) => values ?? []),
    ...CLASSES,
    ...overlays,
    ...OTHER_WORDS,
  ]);
  const words = codes.filter(({ text, derived }) => !derived && /^[a-z0-9]+(-[a-z0-9]+)+$/.test(text));
  assert.ok(words.length > 20, `${words.length}`);
  assert.equal(
    words.filter(({ text }) => !known.has(text)).map((at) => `${placeOf(at)}: ${at.text}`),
    [],
  );
  for (const word of OTHER_WORDS)
    assert.ok(
      words.some(({ text }) => text === word),
      `${word} is quoted nowhere`,
    );
});

/** Words of everyday speech, where the field has its own. */
const WORDS: [word: RegExp, instead: string][] = [
  [/\b(tells?|told|telling)\b/i, 'report, show, print, say'],
  [/\btakes? \S+ for\b/i, 'treat as'],
  [/\bwhat is so\b/i, ''],
  [/\bstands? for\b/i, 'is, means'],
  [/\bway in\b/i, 'access, Ingress'],
];

/** @returns the text with empty lines in place of what others' texts give. */
function withoutDerived(text: string): string {
  return text.replace(/<!-- (\w+): derived[^]*?<!-- \/\1 -->/g, (section) => section.replace(/[^\n]/g, ''));
}

test('pages are written in the words of the field', () => {
  const wrong = pages.flatMap(({ path, text }) =>
    withoutDerived(text)
      .split('\n')
      .flatMap((line, index) =>
        WORDS.filter(([word]) => word.test(line)).map(
          ([word, instead]) => `${placeOf({ page: path, line: index + 1 })}: ${word.exec(line)![0]}: ${instead}`,
        ),
      ),
  );
  assert.equal(wrong, []);
});

test.run();
