import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { diffMaps, SAME } from '../../generator/kustomize/patch.js';
import { typeOf } from '../../generator/kustomize/merge-keys.js';
import { explain, commentOn } from '../../generator/model/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf, shipped } from '../support/config.js';
import { often, randomConfigs } from '../support/configs.js';

const test = suite('patches are minimal and exact');
const podSpec = 'io.k8s.api.core.v1.PodSpec';
const container = (name: string, more = {}) => ({ name, image: 'i', ...more });

test('equal maps need no patch', () => {
  assert.is(diffMaps({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, undefined), SAME);
});

test('only what differs is named, and null removes', () => {
  assert.equal(diffMaps({ a: 1, b: { c: 1, d: 2 }, e: 3 }, { a: 1, b: { c: 2, d: 2 } }, undefined), {
    b: { c: 2 },
    e: null,
  });
});

test('a map that becomes empty is replaced', () => {
  assert.equal(diffMaps({ a: { b: 1 } }, { a: {} }, undefined), { a: { $patch: 'replace' } });
});

test('a list without merge keys is replaced whole', () => {
  assert.equal(diffMaps({ args: ['a', 'b'] }, { args: ['a', 'c'] }, undefined), { args: ['a', 'c'] });
});

test('an item of a keyed list is patched by its key', () => {
  const from = { containers: [container('a', { env: [{ name: 'X', value: '1' }] }), container('b')] };
  const to = { containers: [container('a', { env: [{ name: 'X', value: '2' }] }), container('b')] };
  assert.equal(diffMaps(from, to, podSpec), { containers: [{ name: 'a', env: [{ name: 'X', value: '2' }] }] });
});

test('an item put first needs no other item named', () => {
  const patch = diffMaps({ containers: [container('a')] }, { containers: [container('n'), container('a')] }, podSpec);
  assert.equal(patch, { containers: [container('n')] });
});

test('an item put last names the ones before it, by key only', () => {
  const patch = diffMaps({ containers: [container('a')] }, { containers: [container('a'), container('n')] }, podSpec);
  assert.equal(patch, { containers: [{ name: 'a' }, container('n')] });
});

test('an item that is gone is deleted by key', () => {
  const patch = diffMaps({ volumes: [{ name: 'a' }, { name: 'b' }] }, { volumes: [{ name: 'b' }] }, podSpec);
  assert.equal(patch, { volumes: [{ name: 'a', $patch: 'delete' }] });
});

test('comments go along with the fields they explain', () => {
  const to = { a: explain({ b: 2, c: 3 }, { b: 'why', c: 'not in the patch' }) };
  const patch = diffMaps({ a: { b: 1, c: 3 } }, to, undefined) as { a: object };
  assert.is(commentOn(patch.a, 'b'), 'why');
  assert.equal(patch, { a: { b: 2 } });
});

test('merge keys are those of the OpenAPI that kustomize has built in', () => {
  assert.is(typeOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), 'io.k8s.api.apps.v1.Deployment');
  assert.is(typeOf({ apiVersion: 'cloud.google.com/v1', kind: 'BackendConfig' }), undefined);
});

test('the shipped overlays patch no more than a screen', async () => {
  const { files } = await makePlan(bytesOf(shipped), 'registry.yaml');
  for (const [path, text] of files) {
    if (path.includes('/patches/'))
      assert.ok(text.split('\n').length < 65, `${path} has ${text.split('\n').length} lines`);
  }
});

test('the random configs of the equality test use every kind of patch', async () => {
  const plans = await Promise.all(
    randomConfigs(often(60, 120), 20).map((text) => makePlan(bytesOf(text), 'registry.yaml')),
  );
  const texts = plans.flatMap(({ files }) => [...files]);
  const some = (what: string, test: (path: string, text: string) => boolean): void =>
    assert.ok(
      texts.some(([path, text]) => test(path, text)),
      what,
    );
  some('deleted object', (path) => path.includes('/patches/delete-') && !path.includes('configmap'));
  some('deleted ConfigMap', (path) => /\/patches\/delete-.*configmap/.test(path));
  some('replaced ConfigMap', (_, text) => text.includes('behavior: replace'));
  some(
    'added ConfigMap',
    (path, text) => path.startsWith('overlays/') && /configMapGenerator:\n  - name: \S+\n    files/.test(text),
  );
  some('deleted list item', (path, text) => path.includes('/patches/deployment') && text.includes('$patch: delete'));
  some('removed field', (path, text) => path.includes('/patches/') && text.includes(': null'));
  some('other namespace', (path, text) => /^overlays.*patches/.test(path) && text.includes('namespace: team-a'));
  some('standing alone', (path, text) => /^overlays\/[^/]+\/kustomization/.test(path) && !text.includes('- ../'));
});

test.run();
