/** `commit` of several registries in one repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { commit, git, put, stateOf, withRemote } from '../support/git.js';

const test = suite('commit of a fleet');
const DEFAULTS = 'image: registry:3.0.0\nreplicas: 2\n';
const withFleet = (check: (one: string, two: string) => void): (() => Promise<void>) =>
  withRemote(check, {
    'registries/defaults.yaml': DEFAULTS,
    'registries/a/registry.yaml': 'defaults: ../defaults.yaml\nname: a\n',
    'registries/b/registry.yaml': 'defaults: ../defaults.yaml\nname: b\n',
  });

test(
  'is one commit of all registries and of what they share, and says once what they have in common',
  withFleet((one) => {
    put(one, 'registries/defaults.yaml', DEFAULTS.replace('3.0.0', '3.1.0'));
    put(one, 'registries/b/registry.yaml', 'defaults: ../defaults.yaml\nname: b\ndrainSeconds: 90\n');
    put(one, 'notes', 'mine\n');
    const { code, out, err } = commit(one);
    assert.equal([code, err], [0, '']);
    assert.is(git(one, 'log', '-1', '--format=%s'), 'all overlays: registry image 3.0.0 -> 3.1.0; and 1 more');
    assert.match(git(one, 'log', '-1', '--format=%b'), /^- b: .*Deployment b terminationGracePeriodSeconds/m);
    assert.match(out, '~ registries/a/base/deployment.yaml\n');
    assert.is(git(one, 'status', '--porcelain'), '?? notes');
    assert.is(run(one, ['check']).code, 0);
    assert.is(commit(one).out, 'Nothing to commit: 2 registries and their trees are committed as they are.\n');
  }),
);

test(
  'about one registry is that one; but what others name too is committed with their trees, or not at all',
  withFleet((one) => {
    const only = ['--config', 'registries/a/registry.yaml'];
    put(one, 'registries/a/registry.yaml', 'defaults: ../defaults.yaml\nname: a\nreplicas: 4\n');
    assert.is(commit(one, only).code, 0);
    assert.is(git(one, 'log', '-1', '--format=%s'), 'base: Deployment a replicas 2 -> 4');
    put(one, 'registries/defaults.yaml', DEFAULTS.replace('3.0.0', '3.1.0'));
    const before = [stateOf(one), git(one, 'status', '--porcelain')];
    const { code, err } = commit(one, only);
    assert.is(code, 1);
    assert.match(
      err,
      'registries/defaults.yaml is changed, and registries/b/registry.yaml names it too: without its tree, `check` fails',
    );
    assert.equal([stateOf(one), git(one, 'status', '--porcelain')], before);
    assert.is(commit(one, ['--config', 'registries/*/registry.yaml']).code, 0);
  }),
);

test(
  'is refused as a whole where one registry is wrong, and nothing is written',
  withFleet((one) => {
    put(one, 'registries/a/registry.yaml', 'defaults: ../defaults.yaml\nname: a\nreplicas: 4\n');
    put(one, 'registries/b/registry.yaml', 'defaults: ../defaults.yaml\nname: b\nreplica: 4\n');
    const before = [stateOf(one), git(one, 'status', '--porcelain')];
    const { code, err } = commit(one);
    assert.is(code, 2);
    assert.match(err, 'registries/b/registry.yaml:3:1: replica: unknown field "replica"');
    assert.equal([stateOf(one), git(one, 'status', '--porcelain')], before);
  }),
);

test(
  "is made anew on top of what others pushed, with both sides' changes of what they share",
  withFleet((one, two) => {
    put(two, 'registries/defaults.yaml', DEFAULTS.replace('3.0.0', '3.1.0'));
    assert.is(commit(two, ['--push']).code, 0);
    put(one, 'registries/defaults.yaml', `${DEFAULTS}drainSeconds: 90\n`);
    assert.is(commit(one, ['--push']).code, 0);
    assert.is(run(one, ['check']).code, 0);
    assert.is(
      readFileSync(join(one, 'registries/defaults.yaml'), 'utf8'),
      `${DEFAULTS.replace('3.0.0', '3.1.0')}drainSeconds: 90\n`,
    );
    assert.match(readFileSync(join(one, 'registries/b/base/deployment.yaml'), 'utf8'), 'registry:3.1.0');
    assert.is(git(one, 'status', '--porcelain'), '');
  }),
);

test(
  'changes nothing that a registry of others may share, which is not here',
  withFleet((one, two) => {
    put(two, 'registries/c/registry.yaml', 'defaults: ../defaults.yaml\nname: c\n');
    assert.is(commit(two, ['--push']).code, 0);
    assert.is(git(two, 'log', '-1', '--format=%s'), 'c: new registry');
    put(one, 'registries/a/registry.yaml', 'defaults: ../defaults.yaml\nname: a\nreplicas: 4\n');
    assert.is(commit(one, ['--push']).code, 0, "what is a registry's own goes on top");
    git(one, 'reset', '--quiet', '--hard', 'HEAD^^');
    put(one, 'registries/defaults.yaml', `${DEFAULTS}drainSeconds: 90\n`);
    const before = stateOf(one);
    const { code, err } = commit(one, ['--push']);
    assert.is(code, 1);
    assert.match(
      err,
      'others have registries/c/registry.yaml, which is not here, and registries/defaults.yaml is changed: pull, then run again.',
    );
    assert.is(stateOf(one), before);
  }),
);

test.run();
