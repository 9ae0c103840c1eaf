/** What a survey makes of two opinions. A script says what the registry's collector would: tests/e2e runs the real one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobFile, layerLink, layersFolder, manifestLink, tagFile } from '../../generator/collector/layout.mjs';
import type { Policy } from '../../generator/collector/removal.mjs';
import type { Rule } from '../../generator/collector/retention.mjs';
import { type Findings, Survey } from '../../generator/collector/survey.mjs';
import { removeManifests, sweep } from '../../generator/collector/sweep.mjs';
import { TooSlow } from '../../generator/collector/upstream.mjs';
import { DAY, digestOf, HOUR, type RegistryFolder, withRegistryFolder } from '../support/collector/registry-folder.js';

const test = suite('survey');
const check = (name: string, run: (registry: RegistryFolder) => Promise<void>): void =>
  test(name, withRegistryFolder(run));
const { signal } = new AbortController();

/** @param candidates what the registry's collector would remove @param shell what else it does */
function surveyOf(
  { folder, volume }: RegistryFolder,
  candidates: string[],
  { policy = {}, preview = [], shell = '' }: { policy?: Partial<Policy>; preview?: Rule[]; shell?: string } = {},
): { survey: Survey; said: string[] } {
  const script = join(folder, 'registry');
  const lines = candidates.map((blob) => `echo "blob eligible for deletion: ${blob}"`);
  writeFileSync(script, ['#!/bin/sh', shell, 'echo "app: marking blob sha256:x"', ...lines].join('\n'));
  chmodSync(script, 0o755);
  const said: string[] = [];
  const whole = { deleteUntagged: false, grace: DAY, rules: [], ...policy };
  return {
    survey: new Survey(volume, whole, preview, [script, '--dry-run'], (text) => said.push(text)),
    said,
  };
}

async function find(
  registry: RegistryFolder,
  candidates: string[],
  more: Parameters<typeof surveyOf>[2] = {},
): Promise<Findings> {
  return await surveyOf(registry, candidates, more).survey.findings(signal, { mend: true });
}

check('garbage is what both call so; what an image uses is a conflict', async (registry) => {
  const image = registry.image('app', 'image', { tag: 'v1' });
  const [both, ours] = [registry.layer('app', 'both'), registry.layer('app', 'ours')];
  const used = digestOf('layer of image');
  const { garbage, conflicts, freed, young } = await find(registry, [both, used, digestOf('not there')]);
  assert.equal([...garbage], [[both, 4]]);
  assert.not.ok(garbage.has(ours));
  assert.equal(conflicts, [{ blob: used, image: `app@${image} (v1)` }]);
  assert.is(freed.size, 0);
  assert.is(young, 0);
});

check('a blob is as old as its youngest link: one that is pushed again is only linked again', async (registry) => {
  const [old, again] = [registry.layer('app', 'old'), registry.layer('app', 'again')];
  registry.write(layerLink('other', again), again, HOUR);
  registry.image('other', 'image', { tag: 'v1' });
  const { garbage, young } = await find(registry, [old, again]);
  assert.equal([...garbage.keys()], [old]);
  assert.is(young, 1);
});

check('a tag that cannot be read is reported', async (registry) => {
  registry.image('app', 'image', { tag: 'v1' });
  registry.write(tagFile('app', 'torn'), '');
  assert.equal((await find(registry, [])).broken, ['app:torn']);
});

check('a dry run of retention says what it would free beyond what goes anyway', async (registry) => {
  registry.image('app', 'old', { tag: 'v1' });
  registry.image('app', 'new', { tag: 'v2', age: 2 * DAY });
  registry.image('app', 'lone', {});
  const preview: Rule[] = [{ repositories: ['**'], keepNewest: 1 }];
  const { removals, previews, previewed, freed } = await find(registry, [], {
    policy: { deleteUntagged: true },
    preview,
  });
  assert.equal(
    removals.map(({ tags, manifests }) => [tags.length, manifests.length]),
    [[0, 1]],
  );
  assert.equal(
    previews.map(({ tags, manifests }) => [tags.map(({ tag }) => tag), manifests.length]),
    [[['v1'], 1]],
  );
  assert.ok(previewed.has(digestOf('layer of old')) && !previewed.has(digestOf('layer of new')));
  assert.ok([...previewed.keys()].every((blob) => !freed.has(blob)));
});

check('what an annotation mentions is kept without a word', async (registry) => {
  const mentioned = registry.layer('app', 'mentioned');
  registry.manifest('app', { layers: [], annotations: { mentioned } }, { tag: 'v1' });
  const { garbage, conflicts } = await find(registry, [mentioned]);
  assert.equal([garbage.size, conflicts.length], [0, 0]);
});

check('an image that was pushed since the survey began is no conflict', async (registry) => {
  registry.image('app', 'image', { tag: 'v1', age: -HOUR });
  const { conflicts, garbage } = await find(registry, [digestOf('layer of image')]);
  assert.equal([garbage.size, conflicts.length], [0, 0]);
});

check('young blobs stay, and are counted', async (registry) => {
  registry.image('app', 'image', { tag: 'v1' });
  const fresh = registry.layer('app', 'fresh', { age: DAY - HOUR });
  const due = registry.layer('app', 'due', { age: DAY + HOUR });
  const { garbage, young } = await find(registry, [fresh, due]);
  assert.equal([...garbage.keys()], [due]);
  assert.is(young, 1);
});

check('the links of garbage are those of all repositories, by all digests', async (registry) => {
  const text = 'garbage';
  registry.layer('app', text, { algorithm: 'sha512' });
  registry.layer('team/other', text);
  registry.image('app', 'image', { tag: 'v1' });
  registry.image('team/other', 'image', { tag: 'v1' });
  const { links } = await find(registry, [digestOf(text)]);
  assert.equal([...links.keys()], [digestOf(text)]);
  const expected = [
    layerLink('app', digestOf(text)),
    layerLink('app', digestOf(text, 'sha512')),
    layerLink('team/other', digestOf(text)),
  ];
  assert.equal(links.get(digestOf(text))!.sort(), expected.sort());
});

check('what manifests free that go is told, with its links, and gone after a sweep', async (registry) => {
  registry.image('app', 'kept', { tag: 'v1' });
  const going = registry.image('app', 'going');
  const candidates = [going, digestOf('layer of going'), digestOf('config of going')];
  const { survey } = surveyOf(registry, candidates, { policy: { deleteUntagged: true } });
  const { removals, freed, garbage, links } = await survey.findings(signal, { mend: true });
  assert.equal(
    removals.map(({ manifests }) => manifests),
    [[going]],
  );
  assert.equal([...new Set([...garbage.keys(), ...freed.keys()])].sort(), candidates.sort());
  await removeManifests(registry.volume, removals, signal, () => {});
  assert.not.ok(registry.has(manifestLink('app', going)));
  const plan = await survey.plan(signal);
  const now = await survey.garbageNow(plan, new Map(), 30, signal);
  assert.equal([...now.keys()].sort(), candidates.sort());
  const { blobs } = await sweep(registry.volume, [...now], links, 60, signal);
  assert.is(blobs, 3);
  for (const blob of candidates) assert.not.ok(registry.has(blobFile(blob)));
  assert.not.ok(registry.has(layerLink('app', digestOf('layer of going'))));
  assert.ok(registry.has(layerLink('app', digestOf('layer of kept'))));
});

check('a sweep that has no time left removes nothing, and counts it', async (registry) => {
  const blob = registry.layer('app', 'x');
  assert.equal(await sweep(registry.volume, [[blob, 1]], new Map(), 0, signal), { blobs: 0, bytes: 0, left: 1 });
  assert.ok(registry.has(blobFile(blob)));
});

check('retention that is only tried out is told apart', async (registry) => {
  registry.image('app', 'old', { tag: 'v1' });
  const preview = [{ repositories: ['**'], deleteOlderThan: '1d' }];
  const tried = await find(registry, [], { preview });
  assert.equal([tried.removals.length, tried.previews.length], [0, 1]);
  const real = await find(registry, [], { policy: { rules: preview } });
  assert.equal([real.removals.length, real.previews.length], [1, 0]);
  const untagged = await find(registry, [], { policy: { deleteUntagged: true } });
  assert.is(untagged.previews.length, 0);
});

check('mend: a repository gets its folder for layers before the registry is asked', async (registry) => {
  registry.index('app', [], { tag: 'v1' });
  const shell = `test -d "${registry.path(layersFolder('app'))}" || exit 1`;
  await find(registry, [], { shell });
  assert.ok(registry.has(layersFolder('app')));
});

check('mend: one that comes while the registry looks gets it too', async (registry) => {
  registry.image('app', 'image', { tag: 'v1' });
  const late = registry.index('late', [], { tag: 'v1' });
  registry.remove('repositories/late');
  const folder = registry.path('repositories/late/_manifests/revisions/sha256');
  const link = `${folder}/${late.slice('sha256:'.length)}`;
  const layers = registry.path(layersFolder('late'));
  const shell = `test -d "${layers}" || { mkdir -p "${link}"; printf ${late} > "${link}/link"; exit 1; }`;
  await find(registry, [], { shell });
  assert.ok(registry.has(layersFolder('late')));
});

check('mend: one that was pushed since the survey gets it too', async (registry) => {
  registry.image('app', 'image', { tag: 'v1' });
  const shell = `! test -d "${registry.path('repositories/late')}" || test -d "${registry.path(layersFolder('late'))}" || exit 1`;
  const { survey } = surveyOf(registry, [], { shell });
  await survey.findings(signal, { mend: true });
  registry.index('late', [], { tag: 'v1' });
  await survey.garbageNow(await survey.plan(signal), new Map(), 30, signal);
});

check('without mend nothing is written, and the registry is not asked where it would fail', async (registry) => {
  registry.index('app', [], { tag: 'v1' });
  const garbage = registry.layer('other', 'garbage');
  registry.image('other', 'image', { tag: 'v1' });
  const { survey, said } = surveyOf(registry, [], { shell: `touch "${registry.folder}/asked"` });
  const findings = await survey.findings(signal, { mend: false });
  assert.not.ok(registry.has(layersFolder('app')));
  assert.not.ok(existsSync(join(registry.folder, 'asked')));
  assert.equal([...findings.garbage.keys()], [garbage]);
  assert.equal(findings.conflicts, []);
  assert.ok(said.some((text) => text.startsWith('not asked:') && text.includes('app lacks _layers')));
});

check('a collector of the registry that fails, or takes too long, is no opinion', async (registry) => {
  registry.image('app', 'image', { tag: 'v1' });
  const failed = await find(registry, [], { shell: 'echo "first" >&2; echo "why" >&2; exit 1' }).catch(String);
  assert.match(String(failed), "the registry's collector failed with 1");
  assert.match(String(failed), 'why');
  const { survey } = surveyOf(registry, [], { shell: 'exec sleep 60' });
  const slow = await survey
    .garbageNow(await survey.plan(signal), new Map(), 0.2, signal)
    .catch((error: unknown) => error);
  assert.instance(slow, TooSlow);
});

check(
  'an image is deleted while the registry looks: it is asked again, until it misses the same one',
  async (registry) => {
    const image = registry.image('app', 'image', { tag: 'v1' });
    const asked = join(registry.folder, 'asked');
    const times = (): number => readFileSync(asked, 'utf8').length;
    const count = `printf x >> "${asked}"; n=$(wc -c < "${asked}")`;
    const miss = (digest: string): string =>
      `echo "failed to mark: unknown manifest name=app revision=${digest}" >&2; exit 1`;
    await find(registry, [], { shell: `${count}\ntest $n -gt 2 || { ${miss('sha256:$n')}; }` });
    assert.is(times(), 3);
    rmSync(asked);
    assert.match(String(await find(registry, [], { shell: `${count}\n${miss(image)}` }).catch(String)), image);
    assert.is(times(), 2);
  },
);

check('a registry to which nobody has pushed has no garbage', async (registry) => {
  const shell = 'echo "failed to mark: filesystem: Path not found: /docker/registry/v2/repositories" >&2; exit 1';
  assert.is((await find(registry, [], { shell })).garbage.size, 0);
  const broken =
    'echo "failed to mark: filesystem: Path not found: /docker/registry/v2/repositories/app/_layers" >&2; exit 1';
  assert.match(String(await find(registry, [], { shell: broken }).catch(String)), 'app/_layers');
});

test.run();
