/** Values of a YAML file are changed, and nothing else of it. */
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
  assert.is(edit('overlays.prod.image', 'registry:3.1.1'), text.replace("'registry:3.1.0' #", "'registry:3.1.1' #"));
  assert.is(edit('overlays.prod.auth.realm', 'no'), text.replace('"Prod"', '"no"'));
  assert.is(edit('image', 'yes'), text.replace('registry:3.1.0  ', '"yes"  '));
});

test('a field is added below the last, as deep as need be', () => {
  assert.is(edit('overlays.prod.gc.enabled', false), text.replace('dryRun: true\n', 'dryRun: true\n      enabled: false\n'));
  assert.is(edit('overlays.prod.redis.type', 'sidecar'), text.replace('dryRun: true\n', 'dryRun: true\n    redis:\n      type: sidecar\n'));
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

test('what an anchor shares is not changed behind the back of the others', () => {
  const shared = 'image: &image registry:3.1.0\noverlays:\n  prod:\n    image: *image\n';
  assert.is(editYaml(shared, [{ path: ['overlays', 'prod', 'image'], value: 'x:1' }]), shared.replace('*image', 'x:1'));
  assert.throws(() => editYaml(shared, [{ path: ['image'], value: 'x:1' }]), 'image cannot be changed without changing other values');
});

test('of any file the other values stay, and so does every comment', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'no');
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom('yes', '1e3', 'two\nlines\n', '# no comment', ''));
  const inner = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value)), { noNullPrototype: true });
  const style = fc.constantFrom({}, { indent: 4 }, { collectionStyle: 'flow' as const }, { defaultStringType: 'QUOTE_SINGLE' as const });
  fc.assert(
    fc.property(fc.record({ a: inner, overlays: fc.dictionary(key, inner, { minKeys: 1, noNullPrototype: true }) }), style, key, key, fc.option(value, { nil: undefined }), (config, options, first, second, wanted) => {
      const [overlay] = Object.keys(config.overlays);
      const path = ['overlays', overlay!, first, second];
      const holder = config.overlays[overlay!]![first];
      if (holder !== undefined && typeof holder !== 'object') return;
      if (wanted === undefined && (holder === undefined || !(second in holder))) return;
      const written = editYaml(`# First.\n${stringify(config, { ...options, compat: 'yaml-1.1' } as never)}# Last.\n`, [{ path, value: wanted }]);
      const expected = structuredClone(config) as Record<string, any>;
      if (wanted !== undefined) (expected['overlays'][overlay!][first] ??= {})[second] = wanted;
      else {
        delete expected['overlays'][overlay!][first][second];
        if (Object.keys(expected['overlays'][overlay!][first]).length === 0) delete expected['overlays'][overlay!][first];
      }
      assert.equal(parse(written), expected);
      assert.match(written, '# First.');
      assert.match(written, '# Last.');
    }),
    { numRuns: 500, seed: 7 },
  );
});

test.run();
