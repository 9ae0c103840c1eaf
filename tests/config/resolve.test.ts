import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings, VolumeStorage } from '../../generator/config/index.js';
import { configOf, shipped } from '../support/config.js';

const test = suite('inheritance and defaults');
const volumeOf = ({ storage }: Settings): VolumeStorage => storage as VolumeStorage;
const overlay = (value: object, name: string) =>
  configOf(value).overlays.find((overlay) => overlay.name === name)!.settings;

test('an empty overlay is the base', () => {
  const config = configOf({ host: 'registry.example.com', overlays: { a: {} } });
  assert.equal(config.overlays, [{ name: 'a', settings: config.base }]);
});

test('maps are merged field by field', () => {
  const value = { storage: { size: '1Gi', storageClass: 'fast' }, overlays: { a: { storage: { size: '2Gi' } } } };
  const { size, storageClass } = volumeOf(overlay(value, 'a'));
  assert.equal({ size, storageClass }, { size: '2Gi', storageClass: 'fast' });
});

test('lists are replaced', () => {
  const ingress = { class: 'nginx', allowFrom: [{ namespace: 'a' }, { namespace: 'b' }] };
  const value = {
    host: 'r.example.com',
    ingress,
    overlays: { a: { ingress: { allowFrom: [{ cidr: '10.0.0.0/8' }] } } },
  };
  assert.equal((overlay(value, 'a').ingress as { allowFrom: unknown }).allowFrom, [{ cidr: '10.0.0.0/8' }]);
});

test('one kind of static volume replaces another', () => {
  const value = {
    storage: { static: { nfs: { server: 'nfs.example.com', path: '/a' } } },
    overlays: { a: { storage: { static: { hostPath: { path: '/b', node: 'n' } } } } },
  };
  assert.equal(volumeOf(overlay(value, 'a')).static, { type: 'hostPath', path: '/b', node: 'n' });
});

test('an overlay inherits from the one it extends, through any number of steps', () => {
  const value = {
    replicas: 2,
    overlays: {
      c: { extends: 'b', drainSeconds: 7 },
      b: { extends: 'a', replicas: 4 },
      a: { replicas: 3, secretName: 's' },
    },
  };
  const { replicas, secretName, drainSeconds } = overlay(value, 'c');
  assert.equal({ replicas, secretName, drainSeconds }, { replicas: 4, secretName: 's', drainSeconds: 7 });
  assert.equal(
    configOf(value).overlays.map(({ name, parent }) => [name, parent]),
    [
      ['a', undefined],
      ['b', 'a'],
      ['c', 'b'],
    ],
  );
});

test('empty fields are derived', () => {
  const { base } = configOf({
    name: 'images',
    host: 'r.example.com',
    ingress: { class: 'nginx' },
    tls: { type: 'secret' },
  });
  assert.is(base.secretName, 'images-secrets');
  assert.equal(base.tls, { type: 'secret', secretName: 'images-tls' });
  assert.is((base.ingress as { controller: string }).controller, 'nginx');
  assert.equal(base.version, { major: 3, minor: 1, patch: 2, prerelease: false });
});

test('a class of another name is served by the controller that is said', () => {
  const value = { host: 'r.example.com', ingress: { class: 'public', controller: 'nginx' } };
  const { class: name, controller } = configOf(value).base.ingress as { class: string; controller: string };
  assert.equal([name, controller], ['public', 'nginx']);
  const unknown = configOf({ host: 'r.example.com', ingress: { class: 'public' } }).base.ingress;
  assert.is((unknown as { controller: string }).controller, 'other');
});

test('anchors and aliases are read where they end', () => {
  const text = 'storage: &s\n  size: 7Gi\noverlays:\n  a:\n    storage: *s\n';
  assert.is(volumeOf(configOf(text).overlays[0]!.settings).size, '7Gi');
});

test('the order in which overlays are written makes no difference', () => {
  const [a, b] = [
    { x: { replicas: 3 }, y: { extends: 'x' } },
    { y: { extends: 'x' }, x: { replicas: 3 } },
  ].map((overlays) => {
    const { placeOf: _placeOf, valueOf: _valueOf, written: _written, ...values } = configOf({ overlays });
    return values;
  });
  assert.equal(a, b);
});

test('the shipped file names the four overlays', () => {
  assert.equal(
    configOf(shipped)
      .overlays.map(({ name }) => name)
      .sort(),
    ['no-tls', 'sidecar-redis', 'statefulset-redis', 'tls'],
  );
});

test.run();
