/** What is printed for an overlay that Argo CD or Flux syncs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { afterEach, commands, TLS } from './next-steps.js';

const test = suite('next steps: what is synced');

const DELIVERY =
  'delivery:\n  repository: https://git.acme.org/registry.git\n  argoCd:\n    applications: [{ overlay: tls }]\n';

test('what is synced from git is pushed, and not applied again; what syncs it is applied by hand', async () => {
  const [first, second, third, fourth] = await afterEach(
    `${TLS}${DELIVERY}`,
    `replicas: 3\n${TLS}${DELIVERY}`,
    `replicas: 3\n${TLS}`,
    `replicas: 3\n${TLS}${DELIVERY}`,
  );
  assert.ok(commands(first!).includes('kubectl apply -k delivery/argo-cd'));
  assert.equal(commands(second!), ['npm run commit -- --push']);
  assert.match(third!, 'delivery/argo-cd is gone: its objects stay in the cluster');
  assert.equal(commands(fourth!), ['npm run commit -- --push', 'kubectl apply -k delivery/argo-cd']);
});

test('where Flux decrypts Secrets from git, the Secret is encrypted there, and not applied', async () => {
  const flux =
    'delivery:\n  repository: https://git.acme.org/registry.git\n  flux:\n    overlays: [tls]\n    secrets: { path: secrets, sopsSecret: sops-age }\n';
  const none = TLS.replace('    redis: { type: statefulset }\n', '');
  const [first, second] = await afterEach(`${none}${flux}`, `${TLS}${flux}`);
  const [folder, made, encrypted, added, committed, pushed, namespace, key] = commands(first!);
  assert.is(folder, 'mkdir -p secrets');
  assert.is(made, 'npm run --silent htpasswd -- USER > secrets/registry-secrets.yaml');
  assert.match(encrypted!, 'sops encrypt --age AGE_PUBLIC_KEY');
  // `commit` commits the tree alone.
  assert.is(added, 'git add secrets/registry-secrets.yaml');
  assert.match(committed!, /^git commit .* -- secrets\/registry-secrets\.yaml$/);
  assert.is(pushed, 'git push');
  // A Secret needs its namespace.
  assert.is(namespace, 'kubectl apply -f base/namespace.yaml');
  assert.match(key!, 'kubectl -n registry create secret generic sops-age');
  assert.not.match(first!, 'kubectl create -f -');
  assert.match(second!, 'Add to the Secret registry-secrets in secrets what the pods read from now on: redis-password');
  assert.not.match(second!, 'kubectl -n registry patch');
});

test('a kind that enters the tree is synced once what syncs it is applied, one that leaves is pruned before', async () => {
  const flux = 'delivery:\n  repository: https://git.acme.org/registry.git\n  flux: { overlays: [tls] }\n';
  const scraped = 'metrics: { enabled: true, podMonitor: true }\n';
  const argoCd = `${DELIVERY}metrics: { enabled: true }\n`;
  for (const [before, after] of [
    [`${TLS}${flux}`, `${TLS}${flux}${scraped}`],
    [`${TLS}${argoCd}`, `${TLS}${DELIVERY}${scraped}`],
  ]) {
    const [, enters, leaves] = await afterEach(before!, after!, before!);
    assert.match(enters!, 'Without waiting for the sync, which may need it, apply what syncs it');
    assert.match(leaves!, 'Once that is synced, apply what syncs it');
  }
});

test.run();
