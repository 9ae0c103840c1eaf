/** What is printed after a new registry, and after a change. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { shipped } from '../support/config.js';
import { withFolder } from '../support/folder.js';
import { afterEach, TLS, commands, BASE, NGINX } from './next-steps.js';

const test = suite('next steps');

const OPEN = 'auth: { type: none }\nchecks: { ignore: { registry-auth: A test. } }\n';

function replaces(text: string): boolean {
  return /kubectl (apply|replace) -f -/.test(text);
}

test('a new registry: namespace, Secret, address, apply, certificate, login and first push', async () => {
  const [text] = await afterEach(TLS);
  assert.equal(commands(text!), [
    'kubectl apply -f base/namespace.yaml',
    'npm run --silent htpasswd -- USER | kubectl create -f -',
    'gcloud compute addresses create registry --global',
    "gcloud compute addresses describe registry --global --format 'value(address)'",
    'kubectl apply -k overlays/tls',
    'kubectl -n registry rollout status statefulset/registry-redis',
    'kubectl -n registry rollout status deployment/registry',
    'kubectl -n registry get ingress registry',
    'kubectl -n registry get managedcertificate registry',
    'docker login registry.acme.org',
    'docker tag IMAGE registry.acme.org/IMAGE',
    'docker push registry.acme.org/IMAGE',
  ]);
  assert.match(text!, 'have an A record of registry.acme.org lead to it. Name it in registry.yaml');
  assert.match(text!, 'kubernetes.io/ingress.global-static-ip-name: registry');
  assert.not.ok(replaces(text!));
});

test('a static address that is named already is the one that is reserved', async () => {
  const [text] = await afterEach(
    TLS.replace(
      '{ class: gce }',
      '{ class: gce, annotations: { kubernetes.io/ingress.global-static-ip-name: front } }',
    ),
  );
  assert.ok(commands(text!).includes('gcloud compute addresses create front --global'));
  assert.not.match(text!, 'Name it in registry.yaml');
});

test('behind other controllers the address is read from the Ingress, once it is applied', async () => {
  const [text] = await afterEach(`${BASE}overlays:\n  tls: { ${NGINX}, tls: { type: cert-manager, issuer: x } }\n`);
  const lines = commands(text!);
  const apply = lines.indexOf('kubectl apply -k overlays/tls');
  const address = lines.indexOf(
    "kubectl -n registry get ingress registry -o jsonpath='{.status.loadBalancer.ingress[0]}'",
  );
  assert.ok(apply >= 0 && address > apply);
  assert.ok(lines.includes('kubectl -n registry get certificate registry-tls'));
  assert.ok(lines.includes('npm run --silent clients -- --overlay tls --ca FILE'));
  const [internal] = await afterEach(
    `${BASE}overlays:\n  in: { ingress: { class: gce-internal }, tls: { type: secret } }\n`,
  );
  assert.match(internal!, 'kubernetes.io/ingress.regional-static-ip-name');
  assert.ok(commands(internal!).includes('kubectl -n registry create secret tls registry-tls --cert FILE --key FILE'));
});

test('behind Traefik, its entry point is told to wait for large layers', async () => {
  const overlay = (ingress: string): string =>
    `${BASE}overlays:\n  tls: { ingress: { ${ingress} }, tls: { type: secret } }\n`;
  const wait = (entryPoint: string): string =>
    `ports: { ${entryPoint}: { transport: { respondingTimeouts: { readTimeout: 3600s } } } }`;
  const [first, second, third, fourth] = await afterEach(
    overlay('class: nginx'),
    overlay('class: traefik'),
    overlay('class: internal, controller: traefik'),
    overlay('class: internal, controller: traefik, allowFrom: [{ namespace: x }]'),
  );
  assert.not.match(first!, 'Traefik');
  assert.match(second!, wait('websecure'));
  assert.match(third!, wait('websecure'));
  assert.not.match(fourth!, 'Traefik');
  const [own] = await afterEach(
    overlay('class: traefik, annotations: { traefik.ingress.kubernetes.io/router.entrypoints: lan }'),
  );
  assert.match(own!, wait('lan'));
});

test('a new registry with plain HTTP: what clients need; without a login: no login', async () => {
  const [text] = await afterEach(
    `${BASE}auth: { type: none }\noverlays:\n  lan: { ${NGINX}, checks: { ignore: { registry-auth: A test. } } }\n`,
  );
  assert.ok(commands(text!).includes('npm run --silent clients -- --overlay lan'), text);
  assert.not.match(text!, 'docker login');
  assert.not.match(text!, 'static');
});

test('a new registry without an Ingress, in a namespace that is made elsewhere', async () => {
  const [text] = await afterEach('createNamespace: false\nnamespace: team-a\nname: images\n');
  assert.equal(commands(text!), [
    'npm run --silent htpasswd -- USER | kubectl create -f -',
    'kubectl apply -k base',
    'kubectl -n team-a rollout status deployment/images',
    'kubectl -n team-a port-forward service/images 5000 &',
    'docker login localhost:5000',
    'docker tag IMAGE localhost:5000/IMAGE',
    'docker push localhost:5000/IMAGE',
  ]);
});

test('a volume that is a folder of a server or node gets its owner before the registry is applied', async () => {
  const storage = (volume: string): string => `${BASE}storage: { static: ${volume} }\n`;
  const [node] = await afterEach(storage('{ hostPath: { path: /images, node: one } }'));
  const [server] = await afterEach(storage('{ nfs: { server: nfs.acme.org, path: /exports/registry } }'));
  const [csi, claim] = [
    ...(await afterEach(storage('{ csi: { driver: d.example.com, volumeHandle: h } }'))),
    ...(await afterEach(BASE)),
  ];
  for (const [text, expected, where] of [
    [node, ['sudo mkdir -p /images', 'sudo chown -R 10001:10001 /images'], 'On the node one, '],
    [server, ['sudo chown -R 10001:10001 /exports/registry'], 'On the NFS server nfs.acme.org, '],
    [csi, [], ''],
    [claim, [], ''],
  ] as const) {
    const lines = commands(text!);
    const found = lines.filter((command) => command.startsWith('sudo '));
    assert.equal(found, [...expected]);
    assert.match(text!, where);
    assert.ok(lines.indexOf('kubectl apply -k base') > lines.indexOf(found.at(-1) ?? ''));
  }
});

test('whoever waits for pods that cannot write their volume is led to the reason; in a bucket there is none', async () => {
  const sentence = 'Init:CrashLoopBackOff cannot write the volume: `kubectl -n registry logs deployment/registry -c ';
  const [volume] = await afterEach(BASE);
  assert.match(volume!, `Wait until it is up. Pods in Init:Error or ${sentence}check-storage\` prints which folder, `);
  const [bucket] = await afterEach(
    `${BASE}storage: { type: s3, s3: { bucket: images, region: eu, credentials: ambient } }\n`,
  );
  assert.match(bucket!, 'Wait until it is up.\n');
});

test('of several new registries the way of one, and the names of the others', async () => {
  const env = (name: string): string => `  ${name}: { extends: tls, namespace: ${name}, host: ${name}.acme.org }\n`;
  const [text] = await afterEach(`${TLS}${env('staging')}${env('prod')}`);
  assert.is(text!.split('docker push').length, 2);
  assert.match(text!, /The same for the other registries: (prod|staging|tls) \(\w+\/registry\), /);
});

test('an update of the shipped registry: the apply, and what it does; nothing that replaces users or secrets', async () => {
  const [, text] = await afterEach(shipped, shipped.replace('replicas: 2\n', 'replicas: 3\n'));
  assert.equal(commands(text!), ['kubectl apply -k overlays/tls']);
  assert.match(text!, 'Deployment registry replicas 2 -> 3');
  assert.match(text!, '\n       Safe: no pod is replaced.\n');
  assert.match(text!, 'Not applied yet? All steps: npm run generate -- --steps');
  assert.not.match(text!, 'htpasswd');
});

test('the first real host of a clone leads the whole way, and --steps does so at any time', async () => {
  const [, text] = await afterEach(shipped, shipped.replace('registry.example.com', 'registry.acme.org'));
  assert.ok(commands(text!).includes('docker push registry.acme.org/IMAGE'));
  await withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), TLS);
    run(folder, ['generate']);
    assert.not.match(run(folder, ['generate']).out, 'Next');
    assert.match(run(folder, ['generate', '--steps']).out, 'docker push registry.acme.org/IMAGE');
  });
});

test('what rolls pods or opens access is said; what cannot be applied, or deletes data, comes first, with what to do', async () => {
  const [, rolls, opens, refused, deletes] = await afterEach(
    TLS,
    TLS.replace('host:', 'drainSeconds: 90\nhost:'),
    `${OPEN}${TLS}`,
    `${OPEN}storage: { size: 50Gi }\n${TLS}`,
    `${OPEN}storage: { type: s3, s3: { bucket: images, region: eu, credentials: ambient } }\n${TLS}`,
  );
  assert.match(rolls!, 'Rolls pods, one after another: Deployment/registry');
  assert.match(opens!, 'Opens access: ');
  assert.match(
    refused!,
    /\n {2}1\. Before the change is applied: .*\n {7}PersistentVolumeClaim\/registry-data: the API server refuses/,
  );
  assert.match(refused!, '\n         to do: ');
  assert.match(refused!, '\n  2. Apply the change.\n');
  assert.match(refused!, 'Cannot be applied to what is there: PersistentVolumeClaim/registry-data.');
  assert.match(deletes!, /to do: copy the images first/);
  assert.match(deletes!, 'Deletes data: ');
});

test('what kubectl apply leaves in the cluster is deleted by name, but no claim, namespace or Secret', async () => {
  const [, text] = await afterEach(TLS, TLS.replace('    redis: { type: statefulset }\n', ''));
  const [deletion] = commands(text!).filter((command) => command.includes(' delete '));
  assert.match(deletion!, /^kubectl -n registry delete statefulset\/registry-redis /);
  assert.match(deletion!, ' networkpolicy.networking.k8s.io/registry-redis ');
  const s3 = 'storage: { type: s3, s3: { bucket: images, region: eu, credentials: ambient } }\n';
  const [, bucket] = await afterEach(BASE, `${BASE}createNamespace: false\n${s3}`);
  assert.not.match(commands(bucket!).join('\n'), / delete .*(claim|namespace|secret)/);
});

test('an overlay that is new beside one of the same registry is an update; one of another registry is new', async () => {
  const more = (overlay: string): string => `${TLS}  ${overlay}\n`;
  const [, same, other] = await afterEach(
    TLS,
    more('tls-eu: { extends: tls, drainSeconds: 90 }'),
    more('other: { extends: tls, name: other, namespace: other, host: other.acme.org }'),
  );
  assert.equal(commands(same!), ['kubectl apply -k overlays/tls-eu']);
  assert.ok(
    commands(other!).includes('npm run --silent htpasswd -- USER --overlay other | kubectl create -f -'),
    other,
  );
});

test('of overlays of one registry that change, one that was there is applied, and the others are named', async () => {
  const [, text] = await afterEach(
    TLS,
    `storage: { type: s3, s3: { bucket: images, region: eu-central-1 } }\n${TLS}  prod-eu: { extends: tls, replicas: 4 }\n`,
  );
  assert.equal(
    commands(text!).filter((command) => command.includes('apply -k')),
    ['kubectl apply -k overlays/tls'],
  );
  assert.match(text!, /Deletes data: .*PersistentVolumeClaim\/registry-data/);
  assert.match(
    text!,
    'prod-eu: changed too, with the name and namespace of tls. Where that runs instead, apply overlays/prod-eu;',
  );
});

test('a registry that moves to another namespace is a new one, and the old one is named', async () => {
  const [, text] = await afterEach(TLS, `namespace: images\n${TLS}`);
  assert.match(text!, 'tls moves from registry/registry to images/registry');
  assert.match(text!, 'docs/how-to/uninstall.md');
  assert.ok(commands(text!).includes('npm run --silent htpasswd -- USER | kubectl create -f -'));
});

test('registries of one tree that change are each applied, and put together where they change alike', async () => {
  const env = (name: string, size: string): string =>
    `  ${name}: { extends: tls, namespace: ${name}, host: ${name}.acme.org, redis: { memory: ${size} } }\n`;
  const [, text] = await afterEach(
    `${TLS}${env('staging', '256Mi')}${env('prod', '256Mi')}`,
    `${TLS}${env('staging', '512Mi')}${env('prod', '512Mi')}`,
  );
  assert.equal(commands(text!), ['kubectl apply -k overlays/prod', 'kubectl apply -k overlays/staging']);
  assert.match(text!, 'all overlays: redis memory 256Mi -> 512Mi');
  assert.is(text!.split('Rolls pods').length, 2);
});

test.run();
