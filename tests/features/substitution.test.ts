/** Flux substitutes ${...} in what it applies: nothing of the tree is meant by that. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../generator/config/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, variantNames } from '../../generator/plan/index.js';
import { bytesOf, shipped } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';

const test = suite('variables of Flux');
const KEY = 'kustomize.toolkit.fluxcd.io/substitute';

/** What Flux's envsubst replaces, or makes one sign of. See https://github.com/fluxcd/pkg/tree/main/envsubst */
const SUBSTITUTED = /\$\{|\$\$/;

function annotation({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[KEY];
}

test('what it would substitute is in objects only that it is told to leave alone, and there are such', () => {
  let annotated = 0;
  for (const text of [shipped, ...randomConfigs(40, 7)]) {
    const config = readConfig(bytesOf(text), 'registry.yaml');
    for (const variant of variantNames(config)) {
      for (const object of buildVariant(config, variant, 'registry.yaml')) {
        const changes = SUBSTITUTED.test(JSON.stringify(object));
        if (changes) assert.is(annotation(object), 'disabled', `${object.kind}/${object.metadata.name} of ${variant}`);
        if (changes) annotated++;
      }
    }
  }
  assert.ok(annotated > 0);
});

test.run();
