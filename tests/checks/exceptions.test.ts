/** Exceptions in registry.yaml: what they cover, whom they are inherited by, and that one which nothing needs is reported. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canBeIgnored, isExcepted, rules, schemaRules } from '../../generator/checks/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf } from '../support/config.js';

const test = suite('exceptions');
const UNSAFE =
  'host: registry.example.com\nauth:\n  type: none\ningress:\n  class: nginx\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-body-size: 8m\n';

async function reported(text: string): Promise<{ found: string[]; unused: string[] }> {
  const { findings, unused } = await makePlan(bytesOf(text), 'registry.yaml');
  return {
    found: findings.map(({ rule, variant }) => `${variant} ${rule}`),
    unused: unused.map(({ line, path }) => `${line} ${path}`),
  };
}

test('a rule', async () => {
  assert.equal(await reported(UNSAFE), { found: ['base large-layers', 'base registry-auth'], unused: [] });
  assert.equal(await reported(`${UNSAFE}checks:\n  ignore:\n    registry-auth: Only we are on this network.\n`), {
    found: ['base large-layers'],
    unused: [],
  });
});

test('a rule for one object', async () => {
  assert.equal(
    await reported(
      `${UNSAFE}checks:\n  ignore:\n    registry-auth ConfigMap/registry-config: Only we are on this network.\n`,
    ),
    { found: ['base large-layers'], unused: [] },
  );
  assert.equal(
    await reported(`${UNSAFE}checks:\n  ignore:\n    registry-auth Ingress/other: Only we are on this network.\n`),
    { found: ['base large-layers', 'base registry-auth'], unused: ['10 checks.ignore."registry-auth Ingress/other"'] },
  );
});

test('an object whose name has a hash, by the name without it', async () => {
  const open = 'host: registry.example.com\nauth:\n  type: none\ningress:\n  class: mine\n';
  assert.equal((await reported(open)).found, ['base registry-auth']);
  assert.equal(
    await reported(`${open}checks:\n  ignore:\n    registry-auth ConfigMap/registry-config: Only we are here.\n`),
    { found: [], unused: [] },
  );
});

test('one for all overlays, though only some need it, and one of an overlay for it and those below', async () => {
  assert.equal(
    await reported(
      'checks:\n  ignore:\n    registry-auth: Only we are on this network.\noverlays:\n  a: {}\n  b:\n    host: registry.example.com\n    auth:\n      type: none\n    ingress:\n      class: mine\n',
    ),
    { found: [], unused: [] },
  );
  assert.equal(
    await reported(
      'host: registry.example.com\nauth:\n  type: none\noverlays:\n  a:\n    ingress:\n      class: mine\n    checks:\n      ignore:\n        registry-auth: Only we are on this network.\n  b:\n    extends: a\n  c:\n    ingress:\n      class: mine\n',
    ),
    { found: ['c registry-auth'], unused: [] },
  );
});

test('one that nothing needs is reported once, wherever it is inherited', async () => {
  assert.equal(
    await reported(
      'checks:\n  ignore:\n    registry-auth: Only we are on this network.\noverlays:\n  a: {}\n  b: {}\n',
    ),
    { found: [], unused: ['3 checks.ignore.registry-auth'] },
  );
});

test('from what an API server or kustomize refuses there is none', () => {
  for (const { id } of rules) assert.ok(canBeIgnored(id) && isExcepted(id, { [id]: 'why' }) && !isExcepted(id, {}), id);
  const firm = new Set(schemaRules.map(({ id }) => id).filter((id) => !canBeIgnored(id)));
  for (const id of ['unknown-field', 'wrong-type', 'invalid-value', 'cel', 'removed-api', 'kustomize-build'])
    assert.ok(firm.has(id) && !isExcepted(id, { [id]: 'why' }), id);
});

test.run();
