/** The API server keeps each object as it is written: whoever compares texts sees no drift. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalQuantity } from '../../generator/config/index.js';
import { modelOf, only } from '../support/config.js';
import { everyModel, podOf } from './built.js';

const test = suite('the registry: no drift');

/** Where an empty value says something, and is kept. */
const KEPT_EMPTY =
  /\.(emptyDir|podSelector|namespaceSelector|apiGroups\.\*|args\.\*)$|^PersistentVolumeClaim\.spec\.storageClassName$|\.annotations\.[^*]*$/;
const QUANTITY = /\.(requests|limits|capacity)\.[^.]+$|\.sizeLimit$/;

/** @returns each value of an object that has no parts, with its path. */
function valuesOf(value: unknown, path: string): [path: string, value: unknown][] {
  const items = Array.isArray(value)
    ? value.map((item) => ['*', item] as const)
    : typeof value === 'object'
      ? Object.entries(value ?? {})
      : [];
  return items.length === 0 ? [[path, value]] : items.flatMap(([key, item]) => valuesOf(item, `${path}.${key}`));
}

const everyValue = everyModel.flatMap(({ model }) => model.objects.flatMap((object) => valuesOf(object, object.kind)));

test('nothing empty is written where the API server drops it', () => {
  const empty = everyValue.filter(
    ([path, value]) => (value === '' || typeof value === 'object') && !KEPT_EMPTY.test(path),
  );
  assert.equal([...new Set(empty.map(([path]) => path))], []);
});

test('every quantity is written as the API server keeps it', () => {
  const quantities = everyValue.filter(([path]) => QUANTITY.test(path)) as [string, string][];
  assert.ok(quantities.length > 1000, String(quantities.length));
  for (const [path, text] of quantities) assert.is(text, canonicalQuantity(text), path);
});

test('quantities of registry.yaml may be written in any way', () => {
  const model = modelOf({
    resources: { cpu: '0.5', memory: '1024Mi', cpuLimit: '2000m', memoryLimit: '1.5Gi' },
    redis: { type: 'statefulset', memory: '1024Mi' },
    storage: { size: '1.5Ti', static: { nfs: { server: 'nfs.example.com', path: '/a' } } },
  });
  const { requests, limits } = podOf(model).containers[0]!.resources!;
  assert.equal(
    [requests!['cpu'], requests!['memory'], limits!['cpu'], limits!['memory']],
    ['500m', '1Gi', '2', '1536Mi'],
  );
  const { containers, volumes } = only(model, 'StatefulSet')['spec'].template.spec;
  assert.equal(
    [containers[0].resources.limits, volumes.find(({ name }: { name: string }) => name === 'data').emptyDir.sizeLimit],
    [{ memory: '1Gi', 'ephemeral-storage': '2Gi' }, '1Gi'],
  );
  assert.is(only(model, 'PersistentVolumeClaim')['spec'].resources.requests.storage, '1536Gi');
  assert.is(only(model, 'PersistentVolume')['spec'].capacity.storage, '1536Gi');
});

test.run();
