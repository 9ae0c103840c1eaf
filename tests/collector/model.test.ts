/**
 * The collection's protocol as a model, in all interleavings up to a bound: two replicas, one layer that two images in two
 * repositories share (one of them an index with a child that has no tag), and what each test states. `SOAK=true` goes further.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explore, type Explored } from './model/explorer.js';
import { modelOf } from './model/protocol.js';
import type { Scenario } from './model/scenario.js';
import { CHILD, IMAGE, PHASE, type State } from './model/state.js';

const soak = process.env['SOAK'] === 'true';
/** States of one run: what has more is a mistake in the bound. */
const LIMIT = soak ? 6_000_000 : 200_000;

const test = suite('collection, as a model');
let total = 0;

function run(name: string, scenario: Scenario, strict: boolean): Explored {
  const start = performance.now();
  const explored = explore(modelOf(scenario, strict), LIMIT);
  const { states, depth, violation } = explored;
  total += states;
  const found = violation ? `${violation.what}, after ${violation.trace.length} steps` : `none, up to ${depth} steps`;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${states.toLocaleString('en')} states, ${seconds} s; violations: ${found}`);
  return explored;
}

function findsNone(name: string, scenario: Scenario): void {
  const { violation } = run(name, scenario, true);
  assert.is(violation && `${violation.what}\n${violation.trace.join('\n')}`, undefined);
}

function finds(name: string, what: RegExp, scenario: Scenario, strict = false): string[] {
  const { violation } = run(name, scenario, strict);
  assert.match(violation?.what ?? 'nothing', what);
  return violation!.trace;
}

const pushed = { start: 'garbage', cache: 'shared', pushes: ['image'], collections: 1 } satisfies Scenario;
const crash = { retries: 1, crashes: 1 };

/** What is gone through without a violation: no image lost, no cache that names what is gone, no registry that stays closed. */
const PROTOCOL: Record<string, Scenario> = {
  'a push of garbage, pulls': { ...pushed, ...crash, pulls: 'in two steps' },
  'two pushes': { ...pushed, pushes: ['image', 'index'], crashes: 1 },
  'sidecar, pulls': { ...pushed, cache: 'sidecar', crashes: 1, pulls: 'at once' },
  'sidecar, an index': { ...pushed, cache: 'sidecar', pushes: ['index'], crashes: 1 },
  'a manifest deleted and pushed again': { ...pushed, start: 'image', deletion: 'manifest', crashes: 1 },
  'a layer deleted and pushed again, no cache': {
    ...pushed,
    ...crash,
    cache: 'none',
    start: 'image',
    deletion: 'blob',
  },
  'a layer deleted and pushed again, 3.1': {
    ...pushed,
    start: 'image',
    deletion: 'blob',
    crashes: 1,
    pulls: 'at once',
  },
  'a tag that moves, deleteUntagged': { ...pushed, ...crash, start: 'image', deletion: 'tag', deleteUntagged: true },
  'an image tagged again, deleteUntagged': { ...pushed, ...crash, start: 'untagged', deleteUntagged: true },
  'an index, deleteUntagged': { ...pushed, ...crash, start: 'untagged', deleteUntagged: true, pushes: ['index'] },
  'two collections, one killed': { ...pushed, cache: 'none', collections: 2, crashes: 1 },
  NFS: { ...pushed, ...crash, nfs: true },
  'NFS, an index that upstream does not descend into, deleteUntagged': {
    ...pushed,
    ...crash,
    nfs: true,
    pushes: ['index'],
    deleteUntagged: true,
    blind: CHILD,
  },
  'opened by someone else, API server away': { ...pushed, crashes: 1, openings: 1, outages: 1 },
  'layers that the own mark of the registry misses': {
    ...pushed,
    ...crash,
    start: 'image',
    pushes: ['index'],
    blind: 3,
  },
};

const SOAKED: Record<string, Scenario> = {
  'no cache, two pushes': { ...pushed, ...crash, cache: 'none', pushes: ['image', 'index'] },
  'two collections, two crashes': { ...pushed, collections: 2, crashes: 2 },
  'two pushes, pulls': { ...pushed, ...crash, pushes: ['image', 'index'], pulls: 'in two steps' },
  'two pushes, two collections': { ...pushed, pushes: ['image', 'index'], collections: 2, crashes: 1 },
  'two collections, shared, pulls': { ...pushed, ...crash, collections: 2, pulls: 'in two steps' },
  'sidecar, two pushes, pulls': {
    ...pushed,
    cache: 'sidecar',
    pushes: ['image', 'index'],
    crashes: 1,
    pulls: 'at once',
  },
  'sidecar, two collections': { ...pushed, ...crash, cache: 'sidecar', collections: 2 },
  'NFS, two collections': { ...pushed, ...crash, cache: 'none', nfs: true, pushes: ['index'], collections: 2 },
  'NFS, two pushes': { ...pushed, ...crash, nfs: true, pushes: ['image', 'index'] },
  'deleteUntagged, two pushes, a tag that moves': {
    ...pushed,
    ...crash,
    start: 'untagged',
    deleteUntagged: true,
    pushes: ['image', 'index'],
    deletion: 'tag',
  },
  'opened twice, API server away twice': { ...pushed, ...crash, openings: 2, outages: 2 },
  'two collections, opened by someone else': { ...pushed, collections: 2, crashes: 1, openings: 1 },
};

for (const [name, scenario] of Object.entries(soak ? { ...PROTOCOL, ...SOAKED } : PROTOCOL))
  test(`loses nothing: ${name}`, () => findsNone(name, scenario));

/** Each fault, put back in, loses an image. */
const FAULTS: Record<string, Scenario> = {
  'writes go on': { ...pushed, cache: 'none', faults: { open: true } },
  'pods that are about to stop are not waited for': { ...pushed, faults: { unwaited: true } },
  'no flush before the sweep, and a crash in it': { ...pushed, crashes: 1, faults: { unflushed: true } },
  'no second mark in the pause': { ...pushed, faults: { onlineMark: true } },
  "upstream's mark alone, sha512": {
    ...pushed,
    start: 'image',
    pushes: [],
    blind: IMAGE,
    faults: { upstreamMark: true },
  },
  "upstream's mark alone, an index in two repositories": {
    ...pushed,
    pushes: ['index'],
    blind: CHILD,
    faults: { upstreamMark: true },
  },
  'NFS, no wait before the mark': { ...pushed, cache: 'none', nfs: true, faults: { hastyMark: true } },
  'NFS, no wait after the sweep': { ...pushed, cache: 'none', nfs: true, faults: { hastyOpen: true } },
  'NFS, recovered without a wait': { ...pushed, cache: 'none', nfs: true, crashes: 1, faults: { hastyRecover: true } },
  'manifests without a tag removed online': {
    ...pushed,
    start: 'untagged',
    deleteUntagged: true,
    faults: { onlineUntagged: true },
  },
  'a lock without expiry, no guard': {
    ...pushed,
    cache: 'none',
    collections: 2,
    faults: { stolenLock: true, unguarded: true },
  },
  'recover looks at no lock, no guard': { ...pushed, faults: { rashRecover: true, unguarded: true } },
  'opened by someone else, no guard': { ...pushed, openings: 1, faults: { unguarded: true } },
  'stopped with a removal on its way': { ...pushed, faults: { lateRemoval: true } },
};

for (const [name, scenario] of Object.entries(FAULTS))
  test(`finds the fault: ${name}`, () => {
    finds(name, /^lost: /, scenario);
    const { faults: _, blind = 0, ...rest } = scenario;
    assert.is(explore(modelOf({ ...rest, blind }), LIMIT).violation, undefined, 'without it nothing is lost');
  });

test('the guard alone is enough where recover looks at no lock', () =>
  findsNone('recover looks at no lock', { ...pushed, crashes: 1, faults: { rashRecover: true } }));

/** What no collector can mend, as it happens between clients and the registry's caches. */
const UPSTREAM: Record<string, Scenario> = {
  'sidecar: a layer deleted through one replica, pushed through the other': {
    ...pushed,
    start: 'image',
    cache: 'sidecar',
    collections: 0,
    deletion: 'blob',
    pulls: 'at once',
  },
  '2.8: a layer deleted from one repository, asked for in another, pushed to the first': {
    ...pushed,
    start: 'image',
    pushes: ['image', 'index'],
    collections: 0,
    deletion: 'blob',
    pulls: 'at once',
    faults: { keptMembers: true },
  },
  'any cache: a layer deleted while it is pulled, and pushed again': {
    ...pushed,
    start: 'image',
    collections: 0,
    deletion: 'blob',
    pulls: 'in two steps',
  },
};

for (const [name, scenario] of Object.entries(UPSTREAM))
  test(`the registry by itself: ${name}`, () => void finds(name, /^lost: the link to the layer/, scenario));

for (const [name, scenario] of Object.entries(UPSTREAM).slice(0, soak ? undefined : 1))
  test(`a collection keeps the blobs, so that the link can be mended: ${name}`, () => {
    const model = modelOf({ ...scenario, collections: 1, crashes: 1 });
    const violation = (state: State): string | undefined => model.violation({ ...state, links: 3 });
    assert.is(explore({ ...model, violation }, LIMIT).violation, undefined);
  });

test('what is not protected: someone else opens the registry within the minute of NFS', () => {
  const trace = finds('opened by someone else on NFS', /^lost: /, { ...pushed, cache: 'none', nfs: true, openings: 1 });
  assert.ok(trace.includes('someone else makes the registry take writes'));
});

test('without a refused write: moved aside, images are lost, or cannot be pulled for a while', () => {
  const two = { ...pushed, pushes: ['image', 'index'], pulls: 'in two steps' } satisfies Scenario;
  finds('moved aside', /^lost: /, { ...two, quarantine: 'hasty' });
  finds('moved aside, requests waited for', /^lost: /, { ...two, quarantine: 'drained' });
  const uncached = { ...two, cache: 'none', crashes: 1, retries: 1, quarantine: 'drained' } satisfies Scenario;
  assert.is(run('moved aside, requests waited for, no cache', uncached, false).violation, undefined);
  finds('the same, as those who pull see it', /^aside: /, uncached, true);
});

/** A model in which nothing happens loses nothing. */
const REACHED: Record<string, (state: State) => boolean> = {
  'a push is acknowledged after the layer was swept': ({ promised, collections: [{ phase }], retries }) =>
    promised === IMAGE && phase === PHASE.ended && retries === 0,
  'a collection keeps what was pushed after its survey': ({ promised, collections: [{ phase, todo, candidates }] }) =>
    promised === IMAGE && phase === PHASE.sweeping && todo === 0 && candidates === 0,
  'all garbage is swept': ({ blobs, collections: [{ phase }] }) => blobs === 0 && phase === PHASE.ended,
  'who recovers opens a registry that was left half swept': ({ recover, blobs, links }) =>
    recover === 2 && blobs > 0 && links === 0,
  'the caches are full when writes are refused': ({ caches: [cache], closed }) => cache > 16 && closed === 1,
  'a write is refused, and tried again': ({ retries, closed }) => retries === 0 && closed === 1,
};

for (const [name, isSo] of Object.entries(REACHED))
  test(`the model gets there: ${name}`, () => {
    const model = modelOf({ ...pushed, ...crash, pulls: 'in two steps' });
    const violation = (state: State): string | undefined => (isSo(state) ? name : undefined);
    assert.is(explore({ ...model, violation }, LIMIT).violation?.what, name);
  });

test.after(() => console.log(`${total.toLocaleString('en')} states in all`));

test.run();
