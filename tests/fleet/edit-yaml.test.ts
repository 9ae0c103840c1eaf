/** Values of a YAML file are changed, and nothing else of it. */
import { diffArrays } from 'diff';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { editYaml } from '../../generator/fleet/edit-yaml.js';

const test = suite('editing YAML');

const text = `# Top.
image: registry:3.1.0   # everyone
overlays:
  # Used.
  prod:
    namespace: prod   # never change
    auth: { realm: "Prod" }

    # A comment of its own.
    image: 'registry:3.1.0' # pinned
    gc:
      dryRun: true

  last:
    replicas: 2`;

const edit = (field: string, value: unknown): string => editYaml(text, [{ path: field.split('.'), value }]);

test('a value is replaced where it stands, quoted as it was', () => {
  assert.is(edit('overlays.prod.image', 'registry:3.1.2'), text.replace("'registry:3.1.0' #", "'registry:3.1.2' #"));
  assert.is(edit('overlays.prod.auth.realm', 'no'), text.replace('"Prod"', '"no"'));
  assert.is(edit('image', 'yes'), text.replace('registry:3.1.0  ', '"yes"  '));
});

test('a field is added below the last, as deep as need be', () => {
  assert.is(
    edit('overlays.prod.gc.enabled', false),
    text.replace('dryRun: true\n', 'dryRun: true\n      enabled: false\n'),
  );
  assert.is(
    edit('overlays.prod.redis.type', 'sidecar'),
    text.replace('dryRun: true\n', 'dryRun: true\n    redis:\n      type: sidecar\n'),
  );
  assert.is(edit('overlays.last.drainSeconds', 5), `${text}\n    drainSeconds: 5`);
});

test('a field is taken away with its lines, and with the map that it was alone in', () => {
  assert.is(edit('overlays.prod.image', undefined), text.replace(/ {4}image: 'reg.*\n/, ''));
  assert.is(edit('overlays.prod.gc.dryRun', undefined), text.replace(/ {4}gc:\n.*\n/, ''));
  assert.is(edit('overlays.prod.auth.realm', undefined), text.replace(/ {4}auth:.*\n/, ''));
});

test('an overlay that has nothing left stays an overlay', () => {
  assert.equal(parse(edit('overlays.last.replicas', undefined)).overlays.last, {});
});

test('a map in braces gets and loses entries where it stands', () => {
  const flow =
    'gc: {schedule: "1 2 * * *",  timeZone: Europe/Oslo}\t# flow gc\nlimits: { cpu: 1 } #  odd\nlong: {\n  a: 1, # one\n  b: 2  # two\n}\n';
  const change = (path: string, value: unknown): string => editYaml(flow, [{ path: path.split('.'), value }]);
  assert.is(change('gc.deleteUntagged', true), flow.replace('Oslo}', 'Oslo, deleteUntagged: true}'));
  assert.is(change('gc.redis.type', 'sidecar'), flow.replace('Oslo}', 'Oslo, redis: {type: sidecar}}'));
  assert.is(change('gc.schedule', undefined), flow.replace('schedule: "1 2 * * *",  ', ''));
  assert.is(change('gc.timeZone', undefined), flow.replace(',  timeZone: Europe/Oslo', ''));
  assert.is(change('limits.cpu', undefined), flow.replace('{ cpu: 1 }', '{}'));
  assert.is(change('long.c', 3), flow.replace('b: 2  # two\n', 'b: 2,  # two\n  c: 3\n'));
  assert.is(change('long.b', undefined), flow.replace('  b: 2  # two\n', ''));
});

test('a list is replaced as it is written, and stays beside its comments', () => {
  const lists = 'checks:\n  crds:\n  - a\n  - b\n  external: [x, y] # both\n';
  const change = (path: string, value: unknown): string => editYaml(lists, [{ path: path.split('.'), value }]);
  assert.is(change('checks.crds', ['c', 'd', 'e']), lists.replace('- a\n  - b', '- c\n  - d\n  - e'));
  assert.is(change('checks.external', ['z']), lists.replace('[x, y]', '[ z ]'));
  assert.is(change('checks.crds', []), lists.replace('\n  - a\n  - b', ' []'));
});

test('a field is indented as the file is', () => {
  const wide = 'overlays:\n    a: {} # new\n    b:\n        image: x:1\n';
  assert.is(
    editYaml(wide, [{ path: ['overlays', 'a', 'gc', 'dryRun'], value: true }]),
    wide.replace('{}', '{ gc: { dryRun: true } }'),
  );
  assert.is(
    editYaml(wide, [{ path: ['overlays', 'b', 'gc', 'dryRun'], value: true }]),
    `${wide}        gc:\n            dryRun: true\n`,
  );
});

test('the mark that some editors put first stays, and is no part of the first line', () => {
  assert.is(editYaml('\uFEFFimage: x:1\n', [{ path: ['replicas'], value: 2 }]), '\uFEFFimage: x:1\nreplicas: 2\n');
});

test('what an anchor shares is not changed behind the back of the others', () => {
  const shared = 'image: &image registry:3.1.0\noverlays:\n  prod:\n    image: *image\n';
  assert.is(editYaml(shared, [{ path: ['overlays', 'prod', 'image'], value: 'x:1' }]), shared.replace('*image', 'x:1'));
  assert.throws(
    () => editYaml(shared, [{ path: ['image'], value: 'x:1' }]),
    'image cannot be changed without changing other values',
  );
});

type Values = { [key: string]: unknown };

/** One line of a file, and the value that it is about. */
interface Line {
  path: string;
  text: string;
}

/** Writes maps as people do, each in another way. @param pick a number below another one */
function written(values: Values, pick: (below: number) => number, path = '', indent = ''): Line[] {
  const step = ' '.repeat(1 + pick(4));
  const comment = (): string => ['', '', ' # said', '   #said', '\t# , said }'][pick(5)]!;
  const scalar = (value: unknown, inFlow: boolean): string => {
    if (typeof value !== 'string') return String(value);
    const plain = stringify(value, { compat: 'yaml-1.1', lineWidth: 0 }).trimEnd();
    if (pick(2) > 0 && !plain.includes('\n') && !(inFlow && /[,[\]{}:?#]/.test(plain))) return plain;
    return pick(2) > 0 && !value.includes('\n') ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
  };
  const flow = (map: Values): string => {
    const [space, comma, colon] = [[' ', ''][pick(2)], [', ', ' ,', ',  '][pick(3)], [': ', ':  '][pick(2)]];
    return `{${space}${Object.entries(map)
      .map(([key, value]) => `${key}${colon}${isMap(value) ? flow(value) : scalar(value, true)}`)
      .join(comma)}${space}}`;
  };
  const long = (map: Values, at: string): Line[] => {
    const entries = Object.entries(map);
    const comma = (index: number): string => (index < entries.length - 1 || pick(2) > 0 ? ',' : '');
    return entries.map(([key, value], index) => ({
      path: `${at}.${key}`,
      text: `${indent}${step}${key}: ${isMap(value) ? flow(value) : scalar(value, true)}${comma(index)}${comment()}`,
    }));
  };
  return Object.entries(values).flatMap(([key, value]): Line[] => {
    const at = `${path}.${key}`;
    const own = { path: at, text: `${indent}${key}:` };
    const above = [[], [], [''], [`${indent}#  above ${key}`]][pick(4)]!.map((text) => ({ path, text }));
    if (!isMap(value))
      return [...above, { path: at, text: `${own.text} ${'  '.repeat(pick(2))}${scalar(value, false)}${comment()}` }];
    const style = pick(3);
    if (style === 0 || Object.keys(value).length === 0)
      return [...above, { path: at, text: `${own.text} ${flow(value)}${comment()}` }];
    if (style === 1)
      return [
        ...above,
        { path: at, text: `${own.text} {${comment()}` },
        ...long(value, at),
        { path: at, text: `${indent}}${comment()}` },
      ];
    return [...above, { path: at, text: `${own.text}${comment()}` }, ...written(value, pick, at, `${indent}${step}`)];
  });
}

const isMap = (value: unknown): value is Values => typeof value === 'object';

const asLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

test('of any file all else stays, byte for byte: values, comments, spaces and the ends of the lines', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'no');
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('yes', '1e3', 'two\nlines\n', '# no comment', '', 'a, b}'),
  );
  const inner = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value, { noNullPrototype: true })), {
    noNullPrototype: true,
  });
  const config = fc.record(
    { a: inner, overlays: fc.dictionary(key, inner, { minKeys: 1, noNullPrototype: true }), z: value },
    { noNullPrototype: true },
  );
  const choices = fc.array(fc.nat(59), { minLength: 40, maxLength: 40 });
  let edits = 0;
  fc.assert(
    fc.property(
      config,
      choices,
      key,
      key,
      fc.option(value, { nil: undefined }),
      (before, numbers, first, second, wanted) => {
        const overlay = Object.keys(before.overlays)[0]!;
        const holder = before.overlays[overlay]![first];
        if (holder !== undefined && !isMap(holder)) return;
        if (wanted === undefined && (holder === undefined || !(second in holder))) return;
        let at = 0;
        const lines = written(before, (below) => numbers[at++ % numbers.length]! % below);
        const lineBreak = numbers[0]! % 3 === 0 ? '\r\n' : '\n';
        const text = `${lines.map((line) => `${line.text}${lineBreak}`).join('')}# Last.${numbers[1]! % 2 === 0 ? '' : lineBreak}`;
        assert.equal(parse(text), before, text);
        const path = ['overlays', overlay, first, second];
        const edited = editYaml(text, [{ path, value: wanted }]);
        const expected = structuredClone(before) as { overlays: Record<string, Record<string, Values>> };
        const its = expected.overlays[overlay]!;
        if (wanted !== undefined) (its[first] ??= {})[second] = wanted;
        else {
          delete its[first]![second];
          if (Object.keys(its[first]!).length === 0) delete its[first];
        }
        assert.equal(parse(edited), expected);
        const changes = diffArrays(asLines(text), asLines(edited));
        const [lost, added] = [changes.filter(({ removed }) => removed), changes.filter((change) => change.added)].map(
          (parts) => parts.reduce((sum, { count }) => sum + count, 0),
        ) as [number, number];
        // But for the lines of what is taken away, one at most is another, and new are those of the value.
        const gone = `.overlays.${overlay}.${first}${its[first] ? `.${second}` : ''}`;
        const [mayBeLost, mayBeNew] =
          wanted === undefined
            ? [1 + lines.filter(({ path }) => path.startsWith(gone)).length, 1]
            : [1, String(wanted).includes('\n') ? 5 : 2];
        assert.ok(lost <= mayBeLost && added <= mayBeNew, `${text}\n--- ${path}: ${wanted}\n${edited}`);
        if (lineBreak === '\r\n') assert.not.match(edited, /[^\r]\n/);
        edits++;
      },
    ),
    { numRuns: 800, seed: 7 },
  );
  assert.ok(edits > 200, `${edits} edits`);
});

test.run();
