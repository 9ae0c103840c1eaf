/** What `explain` says of a field is what the generator does when the field is written otherwise. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { fieldsOfSchema } from '../../generator/config/index.js';
import { buildModel } from '../../generator/features/index.js';
import { finish } from '../../generator/kustomize/index.js';
import { buildVariant, variantNames } from '../../generator/plan/index.js';
import { effectsOf, WhatIf } from '../../generator/trace/index.js';
import { bytesOf, configOf, shipped } from '../support/config.js';

const test = suite('what another value of a field would change');
const askedOf = (text: string): WhatIf =>
  new WhatIf({
    bytes: bytesOf(text),
    file: 'registry.yaml',
    build: (settings) =>
      finish(buildModel(settings), ['Generated from registry.yaml: change that, then run `npm run generate`.']),
  });
const field = (path: string) => fieldsOfSchema().find((one) => one.path === path)!;
const nothingBroken = async (): Promise<Set<string>> => new Set();

/** Of all kinds of storage, and of Ingress. */
const CONFIGS = [
  shipped,
  {
    storage: { type: 's3', s3: { bucket: 'images', region: 'us-east-1', endpoint: 'https://minio.minio.svc' } },
    metrics: { enabled: true },
  },
  { storage: { type: 's3', s3: { bucket: 'images', region: 'us-east-1', credentials: 'ambient' } } },
  { host: 'registry.example.com', ingress: { class: 'nginx' }, tls: { type: 'cert-manager', issuer: 'letsencrypt' } },
  { storage: { static: { nfs: { server: 'nfs.example.com', path: '/a' } } } },
  { storage: { static: { csi: { driver: 'csi.example.com', volumeHandle: 'a', fsType: 'ext4' } } } },
  { replicas: 1, storage: { accessMode: 'ReadWriteOnce', static: { hostPath: { path: '/a', node: 'one' } } } },
  { replicas: 1 },
  { image: 'example.com/registry@sha256:'.padEnd(92, '0'), version: '3.1.2' },
].map((config) => (typeof config === 'string' ? config : stringify(config)));

test('what a value is said to do is what the generator does with it', () => {
  const whatIf = askedOf(shipped);
  for (const variant of whatIf.variants()) {
    const outcome = whatIf.choose(variant, ['drainSeconds'], 90);
    assert.ok('objects' in outcome);
    const text =
      variant === 'base'
        ? `drainSeconds: 90\n${shipped}`
        : shipped.replace(`\n  ${variant}:\n`, `\n  ${variant}:\n    drainSeconds: 90\n`);
    assert.equal(
      JSON.stringify(outcome.objects),
      JSON.stringify(buildVariant(configOf(text), variant, 'registry.yaml')),
      variant,
    );
  }
});

test('values are those that hold, with the line that states them', () => {
  const whatIf = askedOf(shipped);
  assert.equal(
    variantNames(whatIf.config).map((variant) => [
      variant,
      whatIf.written(variant, ['redis', 'type']),
      whatIf.placeOf(variant, ['redis', 'type'])?.path,
    ]),
    [
      ['base', undefined, undefined],
      ['statefulset-redis', 'statefulset', 'overlays.statefulset-redis.redis.type'],
      ['no-tls', 'statefulset', 'overlays.statefulset-redis.redis.type'],
      ['sidecar-redis', 'sidecar', 'overlays.sidecar-redis.redis.type'],
      ['tls', 'statefulset', 'overlays.statefulset-redis.redis.type'],
    ],
  );
});

test('a value that asks for another field is reported with what it asks for; a kind is tried without the fields beside it', async () => {
  const whatIf = askedOf(shipped);
  const effects = await effectsOf(whatIf, field('tls.type'), ['tls'], nothingBroken);
  assert.match(effects.find(({ to }) => to === 'cert-manager')!.refused!, 'set tls.issuer');
  const [none] = (await effectsOf(whatIf, field('redis.type'), ['statefulset-redis'], nothingBroken)).filter(
    ({ to }) => to === 'none',
  );
  assert.is(none!.alone, true);
  assert.ok(none!.objects.some(({ change, object }) => change === 'removed' && object.kind === 'StatefulSet'));
});

test('values of the list are the only ones tried, and no rule of registry.yaml is got round', async () => {
  for (const text of CONFIGS) {
    const whatIf = askedOf(text);
    for (const { to, refused } of await effectsOf(
      whatIf,
      field('storage.accessMode'),
      whatIf.variants(),
      nothingBroken,
    )) {
      assert.ok(field('storage.accessMode').values!.includes(String(to)));
      assert.not.match(refused ?? '', 'expected one of');
    }
  }
});

test.run();
