import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSchemas } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, variantNames } from '../../generator/plan.js';
import emitted from '../../schemas/emitted-kinds.json' with { type: 'json' };
import { configOf, shipped } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';

const test = suite('strict schemas');
const objectsOf = (text: string): KubernetesObject[] => {
  const config = configOf(text);
  return variantNames(config).flatMap((name) => buildVariant(config, name, 'registry.yaml'));
};

test('nothing is found on the shipped tree and on 300 random configs', () => {
  for (const text of [shipped, ...randomConfigs(300, 3)]) {
    assert.equal(checkSchemas(objectsOf(text), 'x'), []);
  }
});

test('every kind that has a validator is emitted by some config, and none else', () => {
  const kinds = new Set([shipped, ...randomConfigs(150, 20)].flatMap(objectsOf).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  assert.equal([...kinds].sort(), [...emitted].sort());
});

test('an unknown field is found in every kind, at every depth', () => {
  const seen = new Set<string>();
  for (const object of objectsOf(shipped)) {
    if (seen.has(object.kind)) continue;
    seen.add(object.kind);
    const spoilt = structuredClone(object) as KubernetesObject & Record<string, unknown>;
    spoilt['surprise'] = 1;
    spoilt.metadata = { ...spoilt.metadata, ...{ surprise: 1 } };
    const paths = checkSchemas([spoilt], 'x').map(({ path, message }) => `${path}: ${message}`);
    assert.equal(paths.sort(), [': unknown field "surprise"', 'metadata: unknown field "surprise"'], object.kind);
  }
});

test('a wrong type deep inside has its path', () => {
  const deployment = structuredClone(objectsOf(shipped).find(({ kind }) => kind === 'Deployment')!) as any;
  deployment.spec.replicas = 'two';
  delete deployment.spec.template.spec.containers[0].name;
  assert.equal(
    checkSchemas([deployment], 'tls').map(({ variant, object, path, rule }) => [rule, variant, object, path]).sort(),
    [
      ['schema', 'tls', 'Deployment/registry', 'spec.replicas'],
      ['schema', 'tls', 'Deployment/registry', 'spec.template.spec.containers[0]'],
    ],
  );
});

test('a kind without a schema is a finding, never silence', () => {
  const unknown = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } };
  assert.is(checkSchemas([unknown], 'x')[0]!.message, 'there is no schema for example.com/v1 Thing');
});

test.run();
