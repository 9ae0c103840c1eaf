/** The ways from outside of the cluster to a registry on a real node: a port of the node, and Traefik as the controller of its Ingress, with a layer of 2 GiB. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ADDRESS } from '../../../scripts/cluster/settings.js';
import { BigLayer, pullLayer, pushes, slowUpload } from '../../support/node/big-layer.js';
import { type Answer, Client } from '../../support/cluster/client.js';
import { pushImage, pushIndex } from '../../support/cluster/push.js';
import { hasNode, NAMESPACE, NodeRegistry, onNode, parts } from '../../support/node/registry.js';
import { Outside, RANGE } from '../../support/node/outside.js';
import type { SecureClient } from '../../support/node/secure-client.js';
import { ingressClass, NGINX_INGRESSES, OWN_INGRESSES, traefik } from '../../support/node/traefik.js';
import { shipped } from '../../support/config.js';
import { prepare } from '../../support/hooks.js';

const test = suite('the ways to a registry on a real node');
const hasTraefik = hasNode && parts?.traefik !== undefined;
const check = onNode(test, hasTraefik);

const HOST = 'registry.example.com';
/** Beside the shipped overlays. */
const OVERLAYS = `
  node-port:
    extends: statefulset-redis
    ingress:
      allowFrom:
        - cidr: ${RANGE}
  traefik:
    extends: statefulset-redis
    ingress:
      class: traefik
    tls:
      type: secret
  traefik-http:
    extends: statefulset-redis
    ingress:
      class: traefik
    checks:
      ignore:
        plain-http-login: For a private network only.
  nginx:
    extends: traefik
    ingress:
      class: nginx
`;
/** As docs/how-to/network.md has it. */
const READ_TIMEOUT = '--entryPoints.websecure.transport.respondingTimeouts.readTimeout=1h';
/** Seconds that Traefik gives a request, unless it is told otherwise. */
const TRAEFIKS_LIMIT = 60;
/** Bytes that a proxy may take at most, and a registry: a small part of the layer, so it is passed on as it comes. */
const MOST_MEMORY = 256 * 2 ** 20;

const layer = new BigLayer(2 * 2 ** 30, 'big');
let registry: NodeRegistry;
let outside: Outside;
let client: SecureClient;

prepare(test, async () => {
  if (!hasTraefik) return;
  registry = new NodeRegistry();
  await registry.start();
  registry.node.importImage(parts!.traefik!);
  outside = new Outside(registry.node, HOST);
});
test.after(async () => {
  client?.close();
  await registry?.stop();
});

/** Generates and applies one of the overlays. */
const apply = (overlay: string): Promise<string> => registry.applyYaml(`${shipped}${OVERLAYS}`, overlay);

/** Installs Traefik, or changes its arguments, and waits until it sends what comes to the registry. */
async function install(namespace: string, args: readonly string[]): Promise<void> {
  registry.node.apply(traefik(namespace, args));
  registry.node.must('--namespace', namespace, 'rollout', 'status', 'deployment/traefik', '--timeout=120s');
  client?.close();
  client = await outside.client();
  await registry.until('the registry answers', async () => (await client.send('GET', '/v2/')).status === 200, 60);
}

/** Asks the host without TLS. */
async function plainly(): Promise<Answer> {
  const user = await outside.plainClient();
  return user.send('GET', '/v2/').finally(() => user.close());
}

/** Pushes, pulls and deletes an image and an index. */
async function use(user: Client, name: string): Promise<void> {
  const image = await pushImage(user, 'team/app', name);
  const index = await pushIndex(user, 'team/app', `${name}-index`);
  await user.pull(image);
  assert.is((await user.send('DELETE', `/v2/team/app/manifests/${image.digest}`)).status, 202);
  assert.is((await user.send('GET', `/v2/team/app/manifests/${image.digest}`)).status, 404);
  await user.pull(index);
}

/** @returns the most memory that the first process of a pod has had, in bytes */
function peakOf(namespace: string, pod: string): number {
  const status = registry.node.must('--namespace', namespace, 'exec', pod, '--', 'cat', '/proc/1/status');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** Pushes the layer in some ways, pulls it, and prints what that took. @param namespace of Traefik */
async function useLayer(namespace: string, repository: string, ways: readonly (keyof typeof pushes)[]): Promise<void> {
  const timed = async (what: string, work: Promise<void>): Promise<void> => {
    const started = performance.now();
    await work;
    console.log(`${repository}, ${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };
  for (const [index, way] of ways.entries())
    await timed(`pushed ${way}`, pushes[way](client, `${repository}-${index}`, layer));
  await timed('pulled', pullLayer(client, `${repository}-0`, layer));
  const peaks = [
    peakOf(namespace, 'deployment/traefik'),
    ...registry.pods('registry').map(({ metadata }) => peakOf(NAMESPACE, metadata.name)),
  ];
  console.log(`${repository}: at most ${peaks.map((bytes) => Math.round(bytes / 2 ** 20)).join(', ')} MiB of memory`);
  assert.ok(peaks.every((bytes) => bytes < MOST_MEMORY));
  const restarts = registry.pods('registry').flatMap(({ status }) => status.containerStatuses ?? []);
  assert.ok(restarts.every(({ restartCount }) => restartCount === 0));
}

check('a port of the node leads to the registry where allowFrom names who comes', async () => {
  await apply('statefulset-redis');
  const port = 30500;
  const metadata = { name: 'outside', namespace: NAMESPACE };
  const selector = { 'app.kubernetes.io/instance': 'registry', 'app.kubernetes.io/component': 'registry' };
  const spec = { type: 'NodePort', selector, ports: [{ port: 5000, nodePort: port }] };
  registry.node.apply([{ apiVersion: 'v1', kind: 'Service', metadata, spec }]);
  const address = await outside.forward(port);
  const local = `127.0.0.1:${await registry.node.forward(ADDRESS, port)}`;
  const isLetIn = (from: string): Promise<boolean> =>
    fetch(`http://${from}/`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(3000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  await registry.until('the port is open to the node itself', () => isLetIn(local), 30);
  assert.not(await isLetIn(address), 'pods of the cluster alone are let in');
  await apply('node-port');
  await registry.until('it is let in', () => isLetIn(address), 30);
  const user = new Client(() => address);
  await use(user, 'node-port').finally(() => user.close());
});

check('Traefik serves the Ingress as generated, with the certificate of the Secret', async () => {
  const { certificate, key } = outside.certificate();
  registry.kubectl('create', 'secret', 'tls', 'registry-tls', `--cert=${certificate}`, `--key=${key}`);
  registry.node.apply([ingressClass('traefik', 'traefik.io/ingress-controller')]);
  await apply('traefik');
  await install('traefik', OWN_INGRESSES);
  await use(client, 'traefik');
  const address = '{.status.loadBalancer.ingress[0].ip}';
  assert.is(registry.kubectl('get', 'ingress', 'registry', `--output=jsonpath=${address}`), ADDRESS);
});

check('crane logs in, pushes, pulls and deletes through Traefik', () => {
  outside.login();
  const image = (tag: string): string => `${HOST}/team/crane:${tag}`;
  const [archive] = parts!.images;
  outside.crane('push', archive!, image('one'));
  outside.crane('copy', image('one'), image('two'));
  outside.crane('index', 'append', '--manifest', image('one'), '--manifest', image('two'), '--tag', image('index'));
  outside.crane('pull', image('index'), '/dev/null');
  const digest = outside.crane('digest', image('index'));
  outside.crane('delete', `${HOST}/team/crane@${digest}`);
  assert.throws(() => outside.crane('manifest', image('index')), /MANIFEST_UNKNOWN/);
  outside.crane('validate', '--remote', image('one'));
});

check("who is not in the controller's namespace does not reach the pods", () => {
  const kubectl = (...args: string[]) => registry.node.kubectl('--namespace', 'kube-system', ...args);
  const image = ['--image=redis:7.2.16-alpine', '--image-pull-policy=Never', '--restart=Never'];
  assert.is(kubectl('run', 'other', ...image, '--', 'sleep', '600').code, 0);
  assert.is(kubectl('wait', 'pod/other', '--for=condition=Ready', '--timeout=60s').code, 0);
  const [pod] = registry.pods('registry');
  const connect = ['--', 'sh', '-c', `nc -w 2 ${pod!.status.podIP} 5000 </dev/null`];
  assert.is(kubectl('exec', 'other', ...connect).code, 1);
  registry.node.must('--namespace', 'traefik', 'exec', 'deployment/traefik', ...connect);
});

check('nothing is answered without TLS', async () => {
  assert.is((await plainly()).status, 404);
});

check(
  'Traefik as it is installed cuts off a request after a minute, and not with the setting that Next names',
  async () => {
    const cut = await slowUpload(client, 'team/slow', TRAEFIKS_LIMIT + 15);
    assert.is.not(cut.outcome, 202);
    assert.ok(Math.abs(cut.after - TRAEFIKS_LIMIT) < 5, `cut off after ${cut.after} s`);
    await install('traefik', [...OWN_INGRESSES, READ_TIMEOUT]);
    const slow = slowUpload(client, 'team/slow', TRAEFIKS_LIMIT + 15);
    await useLayer('traefik', 'team/traefik', ['whole', 'streamed', 'chunked']);
    assert.is((await slow).outcome, 202);
  },
);

check('without TLS, Traefik serves the Ingress on its port for that', async () => {
  await apply('traefik-http');
  await registry.until('it is served', async () => (await plainly()).status === 200, 30);
  const user = await outside.plainClient();
  await use(user, 'traefik-http').finally(() => user.close());
});

check('the annotations for nginx let the layer through, and lead from HTTP to HTTPS', async () => {
  registry.node.must('delete', 'namespace', 'traefik');
  registry.node.apply([ingressClass('nginx', 'k8s.io/ingress-nginx')]);
  await apply('nginx');
  await install('ingress-nginx', [...NGINX_INGRESSES, READ_TIMEOUT]);
  await use(client, 'nginx');
  await useLayer('ingress-nginx', 'team/nginx', ['streamed']);
  assert.is((await plainly()).headers['location'], `https://${HOST}/v2/`);
});

test.run();
