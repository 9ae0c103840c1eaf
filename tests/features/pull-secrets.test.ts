/** imagePullSecrets: every pod pulls with the login of a Secret that the cluster has. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { podSpecOf } from '../../generator/model/index.js';
import { modelOf } from '../support/config.js';

const test = suite('Secrets to pull images with');
const everyKindOfPod = { replicas: 2, redis: { type: 'statefulset' }, metrics: { enabled: true } };

test('are of every pod, those of Redis and of the garbage collection too, in the order of registry.yaml', () => {
  const { objects, externals } = modelOf({ ...everyKindOfPod, imagePullSecrets: ['mirror', 'hub'] });
  const pods = objects.flatMap((object) => podSpecOf(object) ?? []);
  assert.is(pods.length, 4);
  for (const pod of pods) assert.equal(pod.imagePullSecrets, [{ name: 'mirror' }, { name: 'hub' }]);
  for (const name of ['mirror', 'hub'])
    assert.ok(externals.some((external) => external.kind === 'Secret' && external.name === name));
});

test('are named in no pod where registry.yaml names none', () => {
  const pods = modelOf(everyKindOfPod).objects.flatMap((object) => podSpecOf(object) ?? []);
  for (const pod of pods) assert.not('imagePullSecrets' in pod);
});

test.run();
