/** What `commit` prints of what comes next: what this commit needs, compared with the one before. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { commit, git, put, SMALL, withRemote, withRepository } from '../support/git.js';

const test = suite('next steps of a commit');
const LARGER = SMALL.replace('3.0.0', '3.1.0');
/** With lines between that nobody changes, as git merges by lines. */
const apart = `${SMALL}namespace: images\nkubernetesVersion: '1.32'\nsecretName: secrets\n`;
const DELIVERY =
  'delivery:\n  repository: https://git.acme.org/registry.git\n  argoCd:\n    applications: [{ overlay: tls }]\noverlays:\n  tls: {}\n';

/** @returns what stands below the message of the commit. */
function below({ code, out, err }: ReturnType<typeof commit>): string {
  assert.is(code, 0, err);
  const at = out.search(/^(Next|Nothing changes)/m);
  return at === -1 ? '' : out.slice(at);
}

test(
  'a change that is applied by hand: also where generate has written it before',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    assert.is(run(folder, ['generate']).code, 0);
    const next = below(commit(folder));
    assert.match(next, /^Next\n {2}Apply the change\.\n {7}kubectl apply -k base\n {2}What changes in the cluster:\n/);
    assert.match(next, 'Rolls pods');
    assert.match(next, 'Not applied yet? All steps: npm run generate -- --steps');
  }),
);

test(
  'one line where nothing changes in the cluster, and none for a machine, a dry run, or where nothing is committed',
  withRepository((folder) => {
    put(folder, 'registry.yaml', `# A comment.\n${SMALL}`);
    assert.is(below(commit(folder)), 'Nothing changes in the cluster.\n');
    put(folder, 'registry.yaml', LARGER);
    assert.is(below(commit(folder, ['--dry-run'])), '');
    assert.is(JSON.parse(commit(folder, ['--json']).out).message, 'base: registry image 3.0.0 -> 3.1.0');
    assert.is(below(commit(folder)), '');
  }),
);

test(
  'the first commit has the whole way',
  withRemote((_, folder) => {
    git(folder, 'checkout', '--quiet', '--orphan', 'other');
    git(folder, 'rm', '-rfq', '.');
    put(folder, 'registry.yaml', SMALL);
    const next = below(commit(folder));
    assert.match(next, 'npm run --silent htpasswd -- USER | kubectl create -f -');
    assert.match(next, 'docker push');
  }),
);

test(
  'what is synced from git is pushed; after a push that is done already',
  withRemote((folder) => {
    put(folder, 'registry.yaml', `${SMALL}${DELIVERY}`);
    const first = below(commit(folder));
    assert.match(first, 'npm run commit -- --push\n');
    assert.match(first, 'kubectl apply -k delivery/argo-cd');
    put(folder, 'registry.yaml', `${LARGER}${DELIVERY}`);
    const pushed = below(commit(folder, ['--push']));
    assert.not.match(pushed, /commit -- --push|kubectl/);
    assert.match(pushed, 'No overlay is applied by hand: it is synced from git.');
  }),
);

test(
  'a push on top of what others pushed: the steps are those of the commit that was pushed',
  withRemote(
    (one, two) => {
      put(two, 'registry.yaml', `${apart}drainSeconds: 90\n`);
      assert.is(commit(two, ['--push']).code, 0);
      put(one, 'registry.yaml', apart.replace('3.0.0', '3.1.0'));
      const next = below(commit(one, ['--push']));
      assert.match(next, 'registry image 3.0.0 -> 3.1.0');
      assert.not.match(next, /terminationGracePeriodSeconds|drainSeconds/);
    },
    { 'registry.yaml': apart },
  ),
);

test(
  'on a branch they are for when that is merged',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    assert.match(below(commit(folder, ['--branch', 'newer'])), /^Next, once newer is merged\n {2}Apply the change\./);
  }),
);

test(
  'a fleet: what its registries need alike once',
  withRepository(
    (folder) => {
      put(folder, 'registries/defaults.yaml', LARGER.replace(/^name.*\n/, ''));
      const next = below(commit(folder));
      assert.is(next.split('Apply the change').length, 2);
      assert.match(next, 'kubectl apply -k registries/a/base\n       kubectl apply -k registries/b/base\n');
    },
    {
      'registries/defaults.yaml': SMALL.replace(/^name.*\n/, ''),
      'registries/a/registry.yaml': 'defaults: ../defaults.yaml\nname: a\n',
      'registries/b/registry.yaml': 'defaults: ../defaults.yaml\nname: b\n',
    },
  ),
);

test.run();
