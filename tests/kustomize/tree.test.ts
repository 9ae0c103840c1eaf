import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf, shipped } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';

const test = suite('the tree reads well');
const plan = async (text: string) => (await makePlan(bytesOf(text), 'registry.yaml')).files;
const files = await plan(shipped);

test('every file says where it comes from and how to change it', () => {
  for (const [path, text] of files) {
    const comment = path.endsWith('.mjs') ? '//' : '#';
    assert.ok(
      text.startsWith(`${comment} Generated from registry.yaml: change that, then run \`npm run generate\`.\n`),
      path,
    );
  }
});

test('the same input gives the same bytes, whatever the locale, the time zone and the run', async () => {
  const before = { TZ: process.env['TZ'], LANG: process.env['LANG'] };
  Object.assign(process.env, { TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8' });
  const again = await plan(shipped);
  process.env['TZ'] = before.TZ ?? 'UTC';
  if (before.LANG === undefined) delete process.env['LANG'];
  else process.env['LANG'] = before.LANG;
  assert.equal([...again], [...files]);
});

test('nothing secret, random or of the day is in it', () => {
  for (const [path, text] of files) {
    assert.not.match(text, /kind: Secret$/m, path);
    // But the names that versions of protocols have.
    assert.not.match(text.replaceAll(/\b(2006-03-01|2011-06-15)\b/g, ''), /\b20\d\d-\d\d-\d\d\b/, path);
  }
});

test('one object a file, the kind in its name, apiVersion and kind and name first', () => {
  for (const [path, text] of files) {
    if (!/^(base|overlays\/[^/]+)\/[^/]+\.yaml$/.test(path) || path.endsWith('kustomization.yaml')) continue;
    const object = parse(text) as { kind: string; metadata: { name: string } };
    assert.ok(path.endsWith(`${object.kind.toLowerCase()}.yaml`), path);
    assert.equal(Object.keys(object).slice(0, 3), ['apiVersion', 'kind', 'metadata'], path);
    assert.is(Object.keys(object.metadata)[0], 'name', path);
  }
});

test('each kustomization lists exactly the files of its folder', async () => {
  for (const text of [shipped, ...randomConfigs(40, 7)]) {
    const tree = await plan(text);
    for (const [path, content] of tree) {
      if (!path.endsWith('/kustomization.yaml')) continue;
      const folder = path.replace(/\/kustomization\.yaml$/, '');
      const {
        resources,
        patches = [],
        configMapGenerator = [],
      } = parse(content) as {
        resources: string[];
        patches?: { path: string }[];
        configMapGenerator?: { files: string[] }[];
      };
      const listed = [
        ...resources.filter((name) => !name.startsWith('../')),
        ...patches.map((patch) => patch.path),
        ...configMapGenerator.flatMap((generator) => generator.files),
      ];
      const there = [...tree.keys()].filter((name) => name.startsWith(`${folder}/`) && name !== path);
      assert.equal(listed.map((name) => `${folder}/${name}`).sort(), there.sort(), `${path}\n${text}`);
    }
  }
});

test('an overlay that is renamed stands alone', async () => {
  const tree = await plan('overlays:\n  other:\n    name: images\n');
  const { resources } = parse(tree.get('overlays/other/kustomization.yaml')!) as { resources: string[] };
  assert.ok(resources.includes('deployment.yaml'));
  assert.not(resources.some((name) => name.startsWith('..')));
});

test('an overlay in another namespace says so in one line', async () => {
  const tree = await plan('createNamespace: false\noverlays:\n  other:\n    namespace: team-a\n');
  assert.equal(
    [...tree.keys()].filter((path) => path.startsWith('overlays/')),
    ['overlays/other/kustomization.yaml'],
  );
  assert.match(tree.get('overlays/other/kustomization.yaml')!, /^namespace: team-a$/m);
});

test.run();
