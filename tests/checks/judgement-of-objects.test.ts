/** Objects that look like something else, and what rules make of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALL_MINORS, check } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { shippedUnits } from '../support/objects/corpus.js';
import { reported, registry, CONFIG, ingress, collector, variable, validators } from './judged.js';

const test = suite('what rules see of other objects');

test('one pod where no number is stated, several where an autoscaler says it', async () => {
  assert.equal(await reported('shared-http-secret', registry()), []);
  assert.is((await reported('shared-http-secret', registry({ replicas: 2 }))).length, 1);
  const autoscaler =
    '---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: registry, namespace: default }\nspec:\n  minReplicas: 2\n  maxReplicas: 4\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: registry }\n';
  assert.is((await reported('shared-http-secret', registry({ more: autoscaler }))).length, 1);
});

test('a container that only prepares is no registry', async () => {
  const init =
    '      initContainers:\n        - name: prepare\n          image: busybox:1.37.0\n          command: [sh, -c, "true"]\n          volumeMounts: [{ name: config, mountPath: /etc/distribution }]\n';
  assert.equal(await reported('graceful-shutdown', registry({ init })), []);
  assert.equal(
    (await reported('keep-images', registry({ init }))).length,
    (await reported('keep-images', registry())).length,
  );
});

test('a debug server by whatever leads to it', async () => {
  const config = CONFIG.replace('draintimeout: 30s', 'draintimeout: 30s, debug: { addr: ":5001" }');
  const service =
    '---\napiVersion: v1\nkind: Service\nmetadata: { name: debug, namespace: default }\nspec:\n  selector: { app: registry }\n  ports: [{ name: debug, port: 80, targetPort: 5001 }]\n';
  const to = (port: string): string =>
    ingress('spec:\n  ingressClassName: traefik', port).replace('service: { name: registry', 'service: { name: debug');
  const route = (body: string): string => `---\n${body}`;
  assert.equal(await reported('debug-exposed', registry({ config, more: service })), []);
  const ways = [
    to('name: debug'),
    to('number: 80'),
    route(
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: debug, namespace: default }\nspec:\n  parentRefs: [{ name: web }]\n  rules: [{ backendRefs: [{ name: debug, port: 80 }] }]\n',
    ),
    route(
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: debug, namespace: default }\nspec:\n  hosts: [registry.example.com]\n  http: [{ route: [{ destination: { host: debug.default.svc.cluster.local, port: { number: 80 } } }] }]\n',
    ),
    route(
      'apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: { name: debug, namespace: default }\nspec:\n  routes: [{ kind: Rule, match: "Host(`registry.example.com`)", services: [{ name: debug, port: 80 }] }]\n',
    ),
  ];
  for (const way of ways)
    assert.is((await reported('debug-exposed', registry({ config, more: service + way }))).length, 1, way);
});

test('volumes that many nodes may read', async () => {
  const claim = (mode: string): string =>
    `---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data, namespace: default }\nspec:\n  accessModes: [${mode}]\n  resources: { requests: { storage: 1Gi } }\n`;
  const mounted = (mode: string): string =>
    registry({ replicas: 2, more: claim(mode) }).replace(
      'volumes: [{',
      'volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }, {',
    );
  assert.equal(await reported('access-mode', mounted('ReadOnlyMany')), []);
  assert.is((await reported('access-mode', mounted('ReadWriteOnce'))).length > 0, true);
});

test("kinds of the whole cluster, known or a user's, have no namespace", async () => {
  const more =
    '---\napiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: FlowSchema\nmetadata: { name: registry }\nspec:\n  priorityLevelConfiguration: { name: global-default }\n---\napiVersion: example.com/v1\nkind: Unheard\nmetadata: { name: of }\n';
  assert.equal(await reported('namespace-consistent', registry({ more })), []);
});

test('a stopped registry takes no pushes', async () => {
  const deletes = CONFIG.replace(
    'storage:',
    'storage:\n      delete: { enabled: true }\n      cache: { blobdescriptor: inmemory }',
  );
  assert.is((await reported('gc-writes', registry({ config: deletes, more: collector() }))).length, 1);
  assert.is((await reported('gc-cache', registry({ config: deletes, more: collector() }))).length, 1);
  assert.equal(await reported('gc-writes', registry({ config: deletes, replicas: 0, more: collector() })), []);
  assert.equal(await reported('gc-cache', registry({ config: deletes, replicas: 0, more: collector() })), []);
});

test('files that are called like logins, and are none', async () => {
  const file = (key: string, text: string): string =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: other, namespace: default }\ndata:\n  ${key}: ${JSON.stringify(text)}\n`;
  assert.equal(
    await reported('htpasswd-hash', registry({ more: file('make-htpasswd.sh', '#!/bin/sh\nhtpasswd -B') })),
    [],
  );
  assert.equal(
    await reported('htpasswd-hash', registry({ more: file('auth', 'admin:{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ=') })),
    [],
  );
  assert.is((await reported('htpasswd-hash', registry({ more: file('htpasswd', 'admin:secret') }))).length, 1);
  assert.is(
    (
      await reported(
        'htpasswd-hash',
        registry({
          env: variable('REGISTRY_AUTH_HTPASSWD_PATH', '/auth/logins'),
          more: file('logins', 'admin:secret'),
        }),
      )
    ).length,
    1,
  );
});

test('names about secrets that hold none', async () => {
  for (const name of ['REGISTRY_AUTH_TOKEN_REALM', 'REGISTRY_AUTH_TOKEN_SERVICE', 'TOKEN_FILE'])
    assert.equal(
      await reported('secret-data', registry({ env: variable(name, 'https://login.example.com') })),
      [],
      name,
    );
  assert.is((await reported('secret-data', registry({ env: variable('REGISTRY_HTTP_SECRET', 'hush') }))).length, 1);
});

test("Redis' settings in a shell's script", async () => {
  const config = `${CONFIG.replace('storage:', 'storage:\n      cache: { blobdescriptor: redis }')}
    redis: { addrs: ["127.0.0.1:6379"], dialtimeout: 100ms, readtimeout: 100ms, writetimeout: 100ms }`;
  const beside = (script: string): string =>
    registry({ config }).replace(
      '      containers:\n',
      `      containers:\n        - name: redis\n          image: redis:8.2.3\n          command: [sh, -c, "${script}"]\n          ports: [{ containerPort: 6379 }]\n`,
    );
  assert.equal(
    await reported('redis-eviction', beside('exec redis-server --maxmemory 100mb --maxmemory-policy allkeys-lru')),
    [],
  );
  assert.is((await reported('redis-eviction', beside('exec redis-server --maxmemory 100mb'))).length, 1);
});

test('budgets of pods that nobody can count here', async () => {
  const budget =
    '---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: registry, namespace: default }\nspec:\n  minAvailable: 1\n  selector: { matchLabels: { app: registry } }\n';
  assert.is((await reported('drain', registry({ more: budget }))).length, 1);
  assert.equal(await reported('drain', registry({ more: budget, kind: 'DaemonSet' })), []);
  assert.equal(await reported('drain', registry({ more: budget, replicas: 0 })), []);
});

test('an object with a misspelt or mistyped field is there for others all the same', async () => {
  const { objects, externals } = shippedUnits().find(({ name }) => name === 'statefulset-redis')!;
  for (const [change, rule] of [
    [{ minReadySecond: 5 }, 'unknown-field'],
    [{ paused: 'no' }, 'wrong-type'],
  ] as const) {
    const broken = structuredClone(objects) as unknown as { kind: string; spec: object }[];
    Object.assign(broken.find(({ kind }) => kind === 'Deployment')!.spec, change);
    assert.equal(
      (
        await check({ objects: broken as unknown as KubernetesObject[], target: ALL_MINORS, externals }, validators)
      ).map((finding) => finding.rule),
      [rule],
    );
  }
});

test('a Service by its full name', async () => {
  const route = (host: string, port: number): string =>
    `---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: registry, namespace: default }\nspec:\n  hosts: [registry.example.com]\n  http: [{ route: [{ destination: { host: ${host}, port: { number: ${port} } } }] }]\n`;
  for (const host of ['registry', 'registry.default', 'registry.default.svc', 'registry.default.svc.cluster.local']) {
    assert.equal(await reported('backend-port', registry({ more: route(host, 5000) })), [], host);
    assert.is((await reported('backend-port', registry({ more: route(host, 5001) }))).length, 1, host);
  }
  assert.equal(await reported('reference-exists', registry({ more: route('example.com', 443) })), []);
  assert.is((await reported('reference-exists', registry({ more: route('registri.default.svc', 443) }))).length, 1);
});

test('every host of every way in', async () => {
  const route =
    '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: registry, namespace: default }\nspec:\n  hostnames: [images.example.com, registry.example.com]\n  parentRefs: [{ name: web }]\n  rules: [{ backendRefs: [{ name: registry, port: 5000 }] }]\n';
  assert.equal(
    await reported('host-consistent', registry({ more: ingress('spec:\n  ingressClassName: traefik') + route })),
    ['serves images.example.com, but Ingress/registry serves registry.example.com'],
  );
});

test('nginx that keeps each layer on its own disk', async () => {
  const annotations = (buffering: string): string =>
    `  annotations:\n    nginx.ingress.kubernetes.io/proxy-body-size: "0"\n    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\n    nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"\n${buffering}spec:\n  ingressClassName: nginx`;
  assert.is((await reported('large-layers', registry({ more: ingress(annotations('')) }))).length, 1);
  assert.equal(
    await reported(
      'large-layers',
      registry({ more: ingress(annotations('    nginx.ingress.kubernetes.io/proxy-request-buffering: "off"\n')) }),
    ),
    [],
  );
});

test.run();
