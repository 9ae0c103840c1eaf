/** What does not fit together between a registry, its Sentinels and the Redis that they watch is reported. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { shippedUnits } from '../support/objects/corpus.js';

const test = suite('Sentinels');
const validators = new Validators();
const { objects, externals } = shippedUnits().find(({ name }) => name === 'statefulset-redis')!;

/** A change of the tree's text, and what is then reported, by which rules. */
const changes: Record<string, { from: string | RegExp; to: string; reported: [rule: string, words: string][] }> = {
  'another name': {
    from: 'mastername: registry',
    to: 'mastername: images',
    reported: [['redis-address', 'no Sentinel watches images; they watch registry']],
  },
  'no name, so a Redis Cluster is looked for': {
    from: '  mastername: registry\\n',
    to: '',
    reported: [
      ['redis-address', 'several addresses'],
      ['redis-address', 'does not listen on 26379'],
    ],
  },
  'an address of Redis itself': {
    from: '- registry-redis-0.registry-redis:26379',
    to: '- registry-redis-0.registry-redis:6379',
    reported: [['redis-address', 'registry-redis-0 does not listen on 6379']],
  },
  'a pod that is not there': {
    from: '- registry-redis-2.registry-redis:26379',
    to: '- registry-redis-3.registry-redis:26379',
    reported: [['redis-address', 'has 3 pods']],
  },
  'no password for the Sentinels': {
    from: 'REGISTRY_REDIS_SENTINELPASSWORD',
    to: 'OTHER',
    reported: [['redis-password', 'the Sentinels of StatefulSet/registry-redis ask for a password']],
  },
  'no password for Redis': {
    from: 'REGISTRY_REDIS_PASSWORD',
    to: 'OTHER',
    reported: [['redis-password', 'the Redis of StatefulSet/registry-redis asks for a password']],
  },
  'no way to the Sentinels': {
    from: /,{"port":26379,"protocol":"TCP"}/g,
    to: '',
    reported: [
      ['network-policy-needed', 'TCP 26379: redis in config.yml'],
      ['network-policy-needed', 'Sentinels agree with each other'],
    ],
  },
  'no way to the primary that they name': {
    from: /{"port":6379,"protocol":"TCP"},/g,
    to: '',
    reported: [
      ['network-policy-needed', 'the Sentinels name the primary'],
      ['network-policy-needed', 'sentinel monitor'],
    ],
  },
  'a Redis that refuses writes when it is full': {
    from: 'maxmemory-policy allkeys-lru',
    to: 'maxmemory-policy noeviction',
    reported: [['redis-eviction', 'noeviction']],
  },
};

for (const [name, { from, to, reported }] of Object.entries(changes)) {
  test(name, async () => {
    const text = JSON.stringify(objects);
    const changed = text.replace(from, to);
    assert.is.not(changed, text);
    const findings = await check(
      { objects: JSON.parse(changed) as KubernetesObject[], target: ALL_MINORS, externals },
      validators,
    );
    for (const [rule, words] of reported)
      assert.ok(
        findings.some((finding) => finding.rule === rule && finding.message.includes(words)),
        `${rule}: ${words}\n${findings.map(({ message }) => message).join('\n')}`,
      );
    assert.equal([...new Set(findings.map(({ rule }) => rule))], [...new Set(reported.map(([rule]) => rule))]);
  });
}

test.run();
