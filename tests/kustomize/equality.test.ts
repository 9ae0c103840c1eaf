import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFileSync } from 'node:fs';
import { randomConfigs } from '../support/configs.js';
import { compareAll } from '../support/equality.js';
import { findKustomizes, testWith } from '../support/tools.js';

const test = suite('kustomize build == model');
const all = findKustomizes();
// CI compares once with every version of kustomize at hand, other runs with one: each config is built by two of them, and
// each version by as many as the others.
const thorough = process.env['THOROUGH'] === 'true';
const versions = [...new Map(all.map((kustomize) => [kustomize.version, kustomize])).values()];
const kustomizes = thorough ? versions : all.slice(-1);

testWith(test, 'kubectl', all.length > 0, 'the shipped registry.yaml, every overlay', async () => {
  await compareAll([readFileSync('registry.yaml', 'utf8')], kustomizes);
});

const count = Number(process.env['CONFIGS'] ?? (thorough ? 48 : 4));
const seed = Number(process.env['SEED'] ?? 20);
testWith(
  test,
  'kubectl',
  all.length > 0,
  `${count} random configs, every overlay, ${kustomizes.length} kustomizes`,
  async () => {
    const configs = randomConfigs(count, seed);
    const groups = kustomizes.map((one, index) => ({
      pair: [...new Set([one, kustomizes[(index + 1) % kustomizes.length]!])],
      texts: configs.filter((_, number) => number % kustomizes.length === index),
    }));
    let builds = 0;
    for (const { pair, texts } of groups) builds += await compareAll(texts, pair);
    assert.ok(builds >= count * Math.min(2, kustomizes.length) * 2, 'each has a base and an overlay at least');
    console.log(`${builds} builds equal to their models, by ${kustomizes.map(({ label }) => label).join(', ')}`);
  },
);

test.run();
