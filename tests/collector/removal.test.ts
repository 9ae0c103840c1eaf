/** Which manifests and tags go, and which stay with what. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { manifestLink, tagFile } from '../../generator/collector/layout.mjs';
import { DAY, digestOf, HOUR, type RegistryFolder, withRegistryFolder } from '../support/collector/registry-folder.js';

const test = suite('removal');
const APP = 'team/app';
const RULES = [{ repositories: ['**'], tags: ['v*'], deleteOlderThan: '10d' }];
const check = (name: string, run: (registry: RegistryFolder) => Promise<void>): void =>
  test(name, withRegistryFolder(run));
/** The tag by which clients find what belongs to a manifest. */
const tagOf = (digest: string, suffix = ''): string => digest.replace(':', '-') + suffix;

async function goes(
  registry: RegistryFolder,
  manifests: string[],
  policy: Parameters<RegistryFolder['removal']>[1] = {},
  tags: string[] = [],
): Promise<void> {
  const removal = await registry.removal(APP, policy);
  assert.equal([...(removal?.manifests ?? [])].sort(), [...manifests].sort());
  assert.equal((removal?.tags ?? []).map(({ tag }) => tag).sort(), [...tags].sort());
}

check('what no tag reaches goes, if that is wanted', async (registry) => {
  registry.image(APP, 'tagged', { tag: 'v1' });
  const untagged = registry.image(APP, 'untagged');
  await goes(registry, [untagged]);
  await goes(registry, [], { deleteUntagged: false });
});

check('the parts of an index stay with it, however deep', async (registry) => {
  const inner = registry.index(APP, [registry.image(APP, 'amd64'), registry.image(APP, 'arm64')]);
  registry.index(APP, [inner], { tag: 'v1' });
  await goes(registry, []);
  registry.remove(tagFile(APP, 'v1'));
  assert.is((await registry.removal(APP))!.manifests.length, 4);
});

check('a part that the repository calls by another algorithm stays too', async (registry) => {
  const part = registry.image(APP, 'amd64');
  const called = `sha512:${'5'.repeat(128)}`;
  registry.write(manifestLink(APP, called), part);
  registry.index(APP, [called], { tag: 'v1' });
  const untagged = registry.image(APP, 'untagged');
  await goes(registry, [untagged]);
});

check('young manifests stay, with their parts; at the end of the grace time they go', async (registry) => {
  const part = registry.image(APP, 'part');
  registry.index(APP, [part], { age: DAY - HOUR });
  const due = registry.image(APP, 'due', { age: DAY });
  registry.image(APP, 'future', { age: -DAY });
  const ancient = registry.image(APP, 'ancient', { age: registry.now });
  await goes(registry, [due, ancient]);
});

check('a part of an expired tag that another tag has stays', async (registry) => {
  const shared = registry.image(APP, 'shared');
  const own = registry.image(APP, 'own');
  const old = registry.index(APP, [shared, own], { tag: 'v1' });
  registry.index(APP, [shared], { tag: 'v2', age: DAY });
  const never = registry.image(APP, 'never tagged');
  await goes(registry, [old, own], { deleteUntagged: false, rules: RULES }, ['v1']);
  await goes(registry, [old, own, never], { rules: RULES }, ['v1']);
});

check('an expired tag goes alone where another tag is the same image', async (registry) => {
  const image = registry.image(APP, 'image', { tag: 'v1' });
  registry.tag(APP, 'stable', image);
  await goes(registry, [], { deleteUntagged: false, rules: RULES }, ['v1']);
});

check('a tag that was pushed within the grace time does not expire', async (registry) => {
  registry.image(APP, 'image', { tag: 'v1', age: HOUR });
  await goes(registry, [], { rules: [{ ...RULES[0]!, deleteOlderThan: '0h' }] });
});

check('referrers stay with their subject, and go with it', async (registry) => {
  const image = registry.image(APP, 'image', { tag: 'v1' });
  const sbom = registry.image(APP, 'sbom', { subject: image });
  const signature = registry.image(APP, 'signature of the sbom', { subject: sbom });
  await goes(registry, []);
  await goes(registry, [image, sbom, signature], { deleteUntagged: false, rules: RULES }, ['v1']);
});

check('the tags of referrers stay with the image, and go with it', async (registry) => {
  const image = registry.image(APP, 'image', { tag: 'v1' });
  const sbom = registry.image(APP, 'sbom', { subject: image });
  const list = registry.index(APP, [sbom], { tag: tagOf(image) });
  const signature = registry.image(APP, 'signature', { tag: tagOf(image, '.sig') });
  const second = registry.image(APP, 'signature of the sbom', { tag: tagOf(sbom, '.sig') });
  await goes(registry, []);
  const tags = [tagOf(image), tagOf(image, '.sig'), tagOf(sbom, '.sig'), 'v1'];
  const all = [image, sbom, list, signature, second];
  await goes(registry, all, { deleteUntagged: false, rules: RULES }, tags);
  const removal = await registry.removal(APP, { rules: RULES });
  assert.is(removal!.tags.at(-1)!.tag, 'v1');
});

check('a rule for all tags takes no signature from an image that stays', async (registry) => {
  const image = registry.image(APP, 'image', { tag: 'v1', age: 2 * DAY });
  registry.image(APP, 'signature', { tag: tagOf(image, '.sig') });
  await goes(registry, [], { rules: [{ repositories: ['**'], deleteOlderThan: '10d' }] });
});

check('where the subject is in another repository, a signature is a tag as any other', async (registry) => {
  const image = registry.image('team/other', 'image');
  registry.image(APP, 'signature', { tag: tagOf(image, '.sig') });
  const referrer = registry.image(APP, 'referrer without a tag', { subject: image });
  await goes(registry, [referrer]);
});

check('a tag that is named like its own digest, or like a commit, is one as any other', async (registry) => {
  const image = registry.image(APP, 'image');
  registry.tag(APP, tagOf(image), image);
  registry.image(APP, 'built', { tag: `build-${'c'.repeat(40)}` });
  await goes(registry, []);
  const rules = [{ repositories: ['**'], tags: ['sha256-*'], deleteOlderThan: '10d' }];
  await goes(registry, [image], { rules }, [tagOf(image)]);
});

check('a tag that is named like a part of its image holds both', async (registry) => {
  const part = registry.image(APP, 'part');
  const index = registry.index(APP, [part]);
  registry.tag(APP, tagOf(part), index);
  await goes(registry, []);
});

check('tags that are named like one another hold both', async (registry) => {
  const [one, other] = [registry.image(APP, 'one'), registry.image(APP, 'other')];
  registry.tag(APP, tagOf(one), other);
  registry.tag(APP, tagOf(other), one);
  await goes(registry, []);
});

check('a broken tag keeps all of its repository, and no other', async (registry) => {
  registry.image(APP, 'untagged');
  registry.write(tagFile(APP, 'v1'), '');
  assert.is(await registry.removal(APP), undefined);
  registry.write(tagFile(APP, 'v1'), digestOf('x').slice(0, 50));
  assert.is(await registry.removal(APP), undefined);
  const untagged = registry.image('other', 'untagged');
  assert.equal((await registry.removal('other'))?.manifests, [untagged]);
});

check('a manifest that is a layer of a tagged image stays', async (registry) => {
  const inner = registry.image(APP, 'inner');
  registry.manifest(APP, { layers: [{ digest: inner }] }, { tag: 'v1' });
  await goes(registry, []);
});

check('what is a part of a part stays, where the registry has that one as a blob only', async (registry) => {
  const part = registry.image(APP, 'part');
  const inner = registry.layer(APP, JSON.stringify({ manifests: [{ digest: part }] }));
  registry.index(APP, [inner], { tag: 'v1' });
  await goes(registry, []);
});

check('what an annotation mentions stays', async (registry) => {
  const base = registry.image(APP, 'base');
  registry.manifest(APP, { layers: [], annotations: { 'org.opencontainers.image.base.digest': base } }, { tag: 'v1' });
  await goes(registry, []);
});

check('parents go first, and subjects before what follows them', async (registry) => {
  const parts = ['a', 'b', 'c'].map((name) => registry.image(APP, name));
  const inner = registry.index(APP, parts);
  const outer = registry.index(APP, [inner, parts[0]!]);
  const sbom = registry.image(APP, 'sbom', { subject: outer });
  const order = (await registry.removal(APP))!.manifests;
  const before = (first: string, second: string): void => assert.ok(order.indexOf(first) < order.indexOf(second));
  assert.is(order.length, 6);
  before(outer, inner);
  before(outer, sbom);
  for (const part of parts) before(inner, part);
});

check('an image with more referrers than a call can have arguments', async (registry) => {
  const image = registry.image(APP, 'image', { tag: 'v1' });
  const repository = await registry.seen(APP);
  const count = 200_000;
  const reader = {
    references: (digest: string) => ({ uses: [], mentions: [], subject: digest === image ? undefined : image }),
    canonical: (_: string, digest: string) => Promise.resolve([digest]),
  } as unknown as RegistryFolder['reader'];
  for (let index = 0; index < count; index++)
    repository.manifests.set(`sha256:${index}`, { digest: `sha256:${index}`, time: 0 });
  const { planRemoval } = await import('../../generator/collector/removal.mjs');
  const policy = { deleteUntagged: true, grace: DAY, rules: [] };
  assert.is(await planRemoval(reader, repository, policy, registry.now), undefined);
});

test.run();
