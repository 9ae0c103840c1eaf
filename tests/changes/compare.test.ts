/** What a change does to the cluster, and how it is summed up. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ChangeClass,
  compareObjects,
  type FieldChange,
  type ObjectChange,
  summarize,
} from '../../generator/changes/index.js';
import { changeCases } from '../support/objects/change-cases.js';
import { changed, compareConfigs, objectsOf, START } from '../support/objects/changes.js';
import { worst } from './compared-trees.js';

const test = suite('changes');

/** Of each case the class; those that are not here are safe. */
const CLASSES: Record<Exclude<ChangeClass, 'safe'>, string[]> = {
  'rolls-pods': [
    'another image',
    'no replica',
    'more memory',
    'a longer drain',
    'more memory for Redis',
    'more replicas of Redis',
    'no Sentinels',
    'Redis in each pod',
    'no Redis',
    'a label of its pods',
    'another realm',
    'the image of a DaemonSet',
    'the image of a StatefulSet',
  ],
  'opens-access': [
    'another host',
    'no login',
    'other logins',
    'metrics',
    'no ingress',
    'another ingress',
    'one more who is bound',
    'one more verb',
    'a Service for everyone',
    'a Service on each node',
    'a policy for everyone',
    'a policy for other pods',
    'the token of an account',
  ],
  'needs-recreate': [
    'a smaller claim',
    'a class for the claim',
    'one node for the claim',
    'the selector of a Deployment',
    'the strategy of a Deployment',
    'the selector of a DaemonSet',
    'the Service of a StatefulSet',
    'the claims of a StatefulSet',
    'no claims of a StatefulSet',
    'how pods of a StatefulSet start',
    'how a StatefulSet is updated',
    'the image of a Job',
    'the completions of a Job by index',
    'the role of a binding',
    'a Service without an address',
    'a Service with another address',
    'how a claim is used',
    'a claim of blocks',
    'the class of a claim',
    'a claim that selects',
    'a claim of one byte less',
    'a larger claim without a class',
    'where a volume is',
    'the node of a volume',
    'no node of a volume',
    'who makes volumes of a class',
    'what a class asks for',
    'what becomes of volumes of a class',
    'the type of a Secret',
    'what a ConfigMap says that never changes',
    'that a ConfigMap changes',
    'who serves a class of ingresses',
    'what a priority is',
  ],
  'deletes-data': [
    'a bucket',
    'untagged images go',
    'what becomes of the claims of a StatefulSet',
    'that a volume is deleted',
  ],
};

test('the class of each change', () => {
  const cases = changeCases();
  for (const { name, before, after } of cases) {
    const expected = Object.entries(CLASSES).find(([, names]) => names.includes(name))?.[0] ?? 'safe';
    assert.is(worst(compareObjects(before, after)), expected, name);
  }
  const names = new Set(cases.map(({ name }) => name));
  assert.equal(
    Object.values(CLASSES)
      .flat()
      .filter((name) => !names.has(name)),
    [],
    'every name is one of a case',
  );
  assert.ok(cases.length > 80);
});

test('what needs recreate says why, and what to do', () => {
  for (const { name, before, after } of changeCases()) {
    for (const { class: found, why, remedy } of compareObjects(before, after).flatMap(
      (change): (ObjectChange | FieldChange)[] => [change, ...change.fields],
    )) {
      if (found === 'needs-recreate' && why !== undefined) assert.match(remedy ?? '', /kubectl |take it back/, name);
    }
  }
  const { objects } = compareConfigs(
    START,
    changed((config) => void (config.storage.size = '50Gi')),
  );
  const [field] = objects[0]!.fields;
  assert.equal(
    [field!.label, field!.why],
    ['resources.requests.storage', 'the API server refuses it: a claim cannot become smaller: it was 100Gi'],
  );
});

/** In a line, as a commit says it. */
const LINES: [string, (config: any) => void][] = [
  ['it: registry image 3.1.0 -> 3.1.2', (config) => void (config.image = 'registry:3.1.2')],
  [
    'it: registry image registry:3.1.0 -> mirror.example.com/registry:3.1.0',
    (config) => void (config.image = 'mirror.example.com/registry:3.1.0'),
  ],
  ['it: host registry.example.com -> images.example.com', (config) => void (config.host = 'images.example.com')],
  ['it: Deployment registry replicas 2 -> 3', (config) => void (config.replicas = 3)],
  ['it: PersistentVolumeClaim registry-data storage 100Gi -> 200Gi', (config) => void (config.storage.size = '200Gi')],
  ['it: namespace registry -> other', (config) => void (config.namespace = 'other')],
  ['it: name registry -> images', (config) => void (config.name = 'images')],
  [
    'it: remove config.yml auth, remove Deployment registry containers.registry.volumeMounts[/etc/registry-auth], remove Deployment registry volumes.auth',
    (config) => void (config.auth = { type: 'none' }),
  ],
];

for (const [line, change] of LINES) {
  test(line, () => assert.is(compareConfigs(START, changed(change)).line, line));
}

test('what all overlays share is said once', () => {
  const { objects } = compareConfigs(
    START,
    changed((config) => void (config.image = 'registry:3.1.2')),
  );
  const more = compareConfigs(
    START,
    changed((config) => void ((config.image = 'registry:3.1.2'), (config.overlays.it.redis.memory = '512Mi'))),
  );
  const line = summarize([
    { variant: 'base', objects },
    { variant: 'tls', objects },
    { variant: 'other', objects: more.objects },
    { variant: 'new', state: 'added', objects: [] },
  ]);
  assert.match(
    line,
    /^all overlays: registry image 3\.1\.0 -> 3\.1\.2; other: redis memory 256Mi -> 512Mi, .*; new: new overlay$/,
  );
});

test('a ConfigMap with another hash in its name is the same one, and its contents are reported', () => {
  const { objects } = compareConfigs(
    START,
    changed((config) => void (config.auth = { realm: 'Images' })),
  );
  assert.equal(objects.map(({ change, object }) => `${change} ${object.kind}`).sort(), [
    'changed ConfigMap',
    'changed CronJob',
    'changed Deployment',
  ]);
  const { fields } = objects.find(({ object }) => object.kind === 'ConfigMap')!;
  assert.equal(
    fields.map(({ inner, before, after }) => [inner!.join('.'), before, after]),
    [['auth.htpasswd.realm', 'Registry', 'Images']],
  );
});

test('images that are not looked for any more are reported, though the claim stays', () => {
  for (const change of [
    (config: any) => void (config.namespace = 'other'),
    (config: any) => void (config.name = 'images'),
  ]) {
    const { objects } = compareConfigs(START, changed(change));
    const claim = objects.find(
      ({ change: what, object }) => what === 'removed' && object.kind === 'PersistentVolumeClaim',
    )!;
    assert.is(claim.class, 'deletes-data');
    assert.match(claim.why!, 'the registry looks for its images elsewhere');
  }
});

test('what recovers from a collection is safe to take away only while none is in progress, which is said', () => {
  for (const gc of [{ enabled: false }, { dryRun: true }]) {
    const { objects } = compareConfigs(
      START,
      changed((config) => void (config.gc = gc)),
    );
    const recover = objects.find(({ object }) => object.metadata.name === 'registry-gc-recover')!;
    assert.equal([recover.change, recover.class], ['removed', 'safe']);
    assert.match(recover.why!, 'the registry would stay read-only');
    assert.match(recover.remedy!, 'see first that none is');
  }
});

test('an overlay that goes takes with it what nothing keeps', () => {
  const unkept = objectsOf(START).map((object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }));
  const of = (objects: ObjectChange[], kind: string): ChangeClass =>
    objects.find(({ object }) => object.kind === kind)!.class;
  assert.equal(
    ['PersistentVolumeClaim', 'Namespace', 'Deployment', 'Service'].map((kind) => of(compareObjects(unkept, []), kind)),
    ['deletes-data', 'deletes-data', 'rolls-pods', 'safe'],
  );
  assert.is(of(compareObjects(objectsOf(START), []), 'PersistentVolumeClaim'), 'safe', 'annotations keep it');
});

test.run();
