/** What generate prints after it wrote: as much as the change needs, and nothing that replaces what the cluster has. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';

const test = suite('next steps');
const REPLACES = 'htpasswd -- USER | kubectl apply';

/** Generates one registry.yaml after the other. @returns what is printed below Next, for each */
async function afterEach(...texts: string[]): Promise<string[]> {
  const printed: string[] = [];
  await withFolder((folder) => {
    for (const text of texts) {
      writeFileSync(join(folder, 'registry.yaml'), text);
      const { code, out, err } = run(folder, ['generate']);
      assert.is(code, 0, err);
      printed.push(out.split('\nNext\n')[1] ?? '');
    }
  });
  return printed;
}

const BASE = 'host: registry.example.com\n';
const OPEN = 'auth: { type: none }\nchecks: { ignore: { registry-auth: A test. } }\n';
const TLS = `${BASE}overlays:\n  tls:\n    redis: { type: statefulset }\n    ingress: { class: gce }\n    tls: { type: gke-managed }\n`;

/** @returns the commands among what is printed. */
function commands(text: string): string[] {
  return text.split('\n').flatMap((line) => /^ {7}((?:kubectl|npm|docker|read) .*)/.exec(line)?.[1] ?? []);
}

test('a new registry: the whole way, with DNS, certificate, login and first push', async () => {
  const [text] = await afterEach(TLS);
  assert.equal(commands(text!), [
    'kubectl apply -f base/namespace.yaml',
    'npm run --silent htpasswd -- USER | kubectl apply -f -',
    'kubectl apply -k overlays/tls',
    "kubectl -n registry get ingress registry -o jsonpath='{.status.loadBalancer.ingress[0]}'",
    'kubectl -n registry rollout status deployment/registry',
    'kubectl -n registry rollout status statefulset/registry-redis',
    'kubectl -n registry get managedcertificate registry',
    'docker login registry.example.com',
    'docker tag IMAGE registry.example.com/IMAGE',
    'docker push registry.example.com/IMAGE',
  ]);
  assert.match(text!, 'Have the DNS name registry.example.com lead to the address of the Ingress');
  assert.match(text!, 'kubernetes.io/ingress.global-static-ip-name');
});

test('a new registry with plain HTTP: what clients need; without a login: no login', async () => {
  const [text] = await afterEach(
    `${BASE}auth: { type: none }\noverlays:\n  lan:\n    ingress: { class: nginx }\n    checks: { ignore: { registry-auth: A test. } }\n`,
  );
  assert.ok(commands(text!).includes('npm run --silent clients -- --overlay lan'), text);
  assert.not.match(text!, 'docker login');
  assert.not.match(text!, 'static');
});

test('a new registry without an Ingress, in a namespace that is made elsewhere', async () => {
  const [text] = await afterEach('createNamespace: false\nnamespace: team-a\nname: images\n');
  assert.equal(commands(text!), [
    'npm run --silent htpasswd -- USER | kubectl apply -f -',
    'kubectl apply -k base',
    'kubectl -n team-a rollout status deployment/images',
    'kubectl -n team-a port-forward service/images 5000 &',
    'docker login localhost:5000',
    'docker tag IMAGE localhost:5000/IMAGE',
    'docker push localhost:5000/IMAGE',
  ]);
});

test('an update: the apply, and what it does to pods; nothing that replaces users or secrets', async () => {
  const [, text] = await afterEach(TLS, `${TLS}replicas: 3\n`);
  assert.equal(commands(text!), ['kubectl apply -k overlays/tls']);
  assert.match(text!, 'Deployment registry replicas 2 -> 3');
  assert.match(text!, /\n {7}(Rolls pods|Safe)/);
  assert.not.match(text!, REPLACES);
});

test('what rolls pods, opens access or cannot be applied is said, with what to do', async () => {
  const [, rolls, opens, refused] = await afterEach(
    TLS,
    TLS.replace('host:', 'drainSeconds: 90\nhost:'),
    `${OPEN}${TLS}`,
    `${OPEN}storage: { size: 50Gi }\n${TLS}`,
  );
  assert.match(rolls!, 'Rolls pods, one after another: Deployment/registry');
  assert.match(opens!, 'Opens access: ');
  assert.match(refused!, 'Cannot be applied to what is there: PersistentVolumeClaim/registry-data.');
  assert.match(refused!, 'To do: ');
});

test('an overlay that is new beside one of the same registry is an update; one of another registry is new', async () => {
  const more = (overlay: string): string => `${TLS}  ${overlay}\n`;
  const [, same, other] = await afterEach(
    TLS,
    more('tls-eu: { extends: tls, drainSeconds: 90 }'),
    more('other: { extends: tls, name: other, namespace: other, host: other.example.com }'),
  );
  assert.equal(commands(same!), ['kubectl apply -k overlays/tls-eu']);
  assert.ok(commands(other!).includes('npm run --silent htpasswd -- USER --overlay other | kubectl apply -f -'), other);
});

test('a change of one overlay leads to that one; of a comment to none', async () => {
  const two = (drain: number): string =>
    `${TLS}  side:\n    redis: { type: sidecar }\n    drainSeconds: ${drain}\n    checks: { ignore: { delete-cache: A test. } }\n`;
  const [, text] = await afterEach(two(30), two(40));
  assert.equal(commands(text!), ['kubectl apply -k overlays/side']);
});

test('a tree that was edited by hand, or beyond reading, is an update too', () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), TLS);
    assert.is(run(folder, ['generate']).code, 0);
    for (const [file, text] of [
      ['base/service.yaml', 'mine\n'],
      ['base/kustomization.yaml', '{'],
    ] as const) {
      writeFileSync(join(folder, file), text);
      const { code, out, err } = run(folder, ['generate']);
      assert.is(code, 0, err);
      assert.not.match(out, REPLACES);
      assert.match(out, 'kubectl apply -k overlays/tls');
    }
  }));

test('what is synced from git is pushed, and not applied again', async () => {
  const delivery =
    'delivery:\n  repository: https://git.example.com/registry.git\n  argoCd:\n    applications: [{ overlay: tls }]\n';
  const [first, second] = await afterEach(`${TLS}${delivery}`, `replicas: 3\n${TLS}${delivery}`);
  assert.ok(commands(first!).includes('kubectl apply -k delivery/argo-cd'));
  assert.equal(commands(second!), ['npm run commit -- --push']);
});

test('a new key of the Secret is added by a command that leaves the others alone, and that is one', async () => {
  const s3 = 'storage: { type: s3, s3: { bucket: images, region: eu-central-1 } }\n';
  const [, redis, login, keys] = await afterEach(
    'auth: { type: none }\n',
    'auth: { type: none }\nredis: { type: statefulset }\n',
    'redis: { type: statefulset }\n',
    `redis: { type: statefulset }\n${s3}`,
  );
  const added = [redis!, login!, keys!].map((text) =>
    commands(text).filter((command) => command.includes('patch secret')),
  );
  assert.equal(
    added.map((some) => some.length),
    [1, 1, 2],
  );
  for (const text of [redis!, login!, keys!]) assert.not.match(text, REPLACES);
  await withFolder((folder) => {
    writeFiles(folder, [
      [
        'kubectl',
        `#!/bin/sh\n[ "$3" = get ] && exit; printf "%s\\n" "$*" > '${folder}/args'\ncat > '${folder}/patch'\n`,
      ],
      ['npm', "#!/bin/sh\necho 'USER:$2b$10$abc/def'\n"],
      ['openssl', '#!/bin/sh\necho 0123456789abcdef\n'],
    ]);
    for (const name of ['kubectl', 'npm', 'openssl']) chmodSync(join(folder, name), 0o755);
    const patchOf = (command: string): unknown => {
      execFileSync('bash', ['--norc', '-c', command], {
        input: 'AKIA/+=\n',
        env: { PATH: `${folder}${delimiter}${process.env['PATH']}` },
      });
      const read = (name: string): string => execFileSync('cat', [join(folder, name)], { encoding: 'utf8' });
      assert.is(read('args'), '-n registry patch secret registry-secrets --patch-file /dev/stdin\n');
      return JSON.parse(read('patch'));
    };
    assert.equal(added.flat().map(patchOf), [
      { stringData: { 'redis-password': '0123456789abcdef' } },
      { stringData: { htpasswd: 'USER:$2b$10$abc/def\n' } },
      { stringData: { 's3-access-key': 'AKIA/+=' } },
      { stringData: { 's3-secret-key': 'AKIA/+=' } },
    ]);
  });
});

test('htpasswd says on standard error what applying the Secret would replace, and how to add a user', async () => {
  await withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), 'name: images\nnamespace: team\nredis: { type: statefulset }\n');
    const { err } = run(folder, ['htpasswd', 'alice'], 'secret');
    assert.match(
      err,
      'where namespace team has a Secret images-secrets already, applying this one replaces all its users',
    );
    assert.match(err, 'http-secret, redis-password');
    assert.match(err, 'htpasswd -- USER --line');
    assert.match(err, 'kubectl -n team rollout restart deployment/images statefulset/images-redis');
    assert.is(run(folder, ['htpasswd', 'alice', '--line'], 'secret').err, '');
  });
});

test.run();
