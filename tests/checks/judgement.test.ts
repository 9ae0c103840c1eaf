/** What rules must see, and must not: one registry, in the forms that people write. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import type { External, KubernetesObject } from '../../generator/model/index.js';
import { shippedUnits } from '../support/corpus.js';

const test = suite('what rules see, and what they do not');
const validators = new Validators();

/** @returns messages of one rule. */
async function told(rule: string, text: string, externals: External[] = []): Promise<string[]> {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  const findings = await check({ objects, target: ALL_MINORS, externals }, validators);
  assert.equal(
    findings.filter(({ rule: id }) => ['unknown-field', 'wrong-type', 'invalid-value', 'missing-field'].includes(id)),
    [],
    'the manifest itself is right',
  );
  return findings.filter(({ rule: id }) => id === rule).map(({ message }) => message);
}

interface Written {
  config?: string;
  env?: string;
  replicas?: number;
  more?: string;
  init?: string;
  kind?: string;
}

const CONFIG = `
    version: 0.1
    storage:
      filesystem: { rootdirectory: /var/lib/registry }
    http: { addr: ":5000", draintimeout: 30s }`;

function registry({
  config = CONFIG,
  env = '',
  replicas,
  more = '',
  init = '',
  kind = 'Deployment',
}: Written = {}): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: { name: config, namespace: default }
data:
  config.yml: |${config}
---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: registry, namespace: default }
spec:
${replicas === undefined ? '' : `  replicas: ${replicas}\n`}  selector: { matchLabels: { app: registry } }
  template:
    metadata: { labels: { app: registry } }
    spec:
      terminationGracePeriodSeconds: 60
      volumes: [{ name: config, configMap: { name: config } }]
${init}      containers:
        - name: registry
          image: registry:3.1.2
          ports: [{ name: http, containerPort: 5000 }]
          volumeMounts: [{ name: config, mountPath: /etc/distribution }]
          lifecycle: { preStop: { sleep: { seconds: 10 } } }
          env:
            - { name: OTEL_TRACES_EXPORTER, value: none }
${env}---
apiVersion: v1
kind: Service
metadata: { name: registry, namespace: default }
spec:
  selector: { app: registry }
  ports: [{ name: http, port: 5000, targetPort: http }]
${more}`;
}

const variable = (name: string, value: string): string =>
  `            - { name: ${name}, value: ${JSON.stringify(value)} }\n`;
const collector = (more = ''): string => `---
apiVersion: batch/v1
kind: CronJob
metadata: { name: gc, namespace: default }
spec:
  schedule: "0 3 * * 0"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      activeDeadlineSeconds: 3600
      template:
        spec:
          restartPolicy: Never
          volumes: [{ name: config, configMap: { name: config } }]
          containers:
            - name: gc
              image: registry:3.1.2
              args: [garbage-collect, /etc/distribution/config.yml]
              volumeMounts: [{ name: config, mountPath: /etc/distribution }]
${more}`;
const ingress = (more: string, port = 'name: http'): string => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: registry
  namespace: default
${more}
  rules:
    - host: registry.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: registry, port: { ${port} } } } }] }
`;

test('variables that set what config.yml does not', async () => {
  assert.is((await told('gc-flags', registry({ more: collector() }))).length, 1);
  assert.equal(
    await told(
      'gc-flags',
      registry({
        env: variable('REGISTRY_STORAGE_DELETE_ENABLED', 'true'),
        more: collector('              env: [{ name: REGISTRY_STORAGE_DELETE_ENABLED, value: "true" }]\n'),
      }),
    ),
    [],
  );
  const undrained = CONFIG.replace(', draintimeout: 30s', '');
  assert.is((await told('graceful-shutdown', registry({ config: undrained }))).length, 1);
  assert.equal(
    await told(
      'graceful-shutdown',
      registry({ config: undrained, env: variable('REGISTRY_HTTP_DRAINTIMEOUT', '30s') }),
    ),
    [],
  );
  assert.is(
    (
      await told(
        'graceful-shutdown',
        registry({ config: undrained, env: variable('REGISTRY_HTTP_DRAINTIMEOUT', '2m') }),
      )
    ).length,
    1,
  );
});

/** A policy that lets the registry out to the DNS, and to what is added to it. */
const EGRESS = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: registry, namespace: default }
spec:
  podSelector: { matchLabels: { app: registry } }
  policyTypes: [Egress]
  egress:
    - ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
`;

test('egress that variables ask for', async () => {
  const policy = `${EGRESS}    - ports: [{ port: 4318 }]
      to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: traces } } }]
`;
  assert.ok((await told('network-policy-excess', registry({ more: policy }))).length > 0);
  assert.equal(
    await told(
      'network-policy-excess',
      registry({ env: variable('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector.traces:4318'), more: policy }),
    ),
    [],
  );
});

test('egress to a bucket, in the forms that the driver reads', async () => {
  const policy = (
    ports: number[],
  ): string => `${EGRESS}    - ports: [${ports.map((port) => `{ port: ${port} }`).join(', ')}]
`;
  const bucket = (driver: string): string => CONFIG.replace('filesystem: { rootdirectory: /var/lib/registry }', driver);
  const keys = ['ACCESSKEY', 'SECRETKEY'].map((name) => variable(`REGISTRY_STORAGE_S3_${name}`, 'x')).join('');
  for (const [driver, port] of [
    ['s3: { bucket: images, region: eu-central-1 }', 443],
    ['s3aws: { bucket: images, region: eu-central-1 }', 443],
    ['s3: { bucket: images, region: us-east-1, regionendpoint: "http://minio.storage.svc:9000" }', 9000],
    ['s3: { bucket: images, region: us-east-1, regionendpoint: "minio.storage.svc", secure: false }', 80],
  ] as const) {
    const env = driver.startsWith('s3aws') ? keys.replaceAll('_S3_', '_S3AWS_') : keys;
    assert.equal(
      await told('network-policy-needed', registry({ config: bucket(driver), env, more: policy([port]) })),
      [],
      driver,
    );
    assert.equal(
      await told('network-policy-excess', registry({ config: bucket(driver), env, more: policy([port]) })),
      [],
      driver,
    );
    assert.is(
      (await told('network-policy-needed', registry({ config: bucket(driver), env, more: policy([1]) }))).length,
      1,
      driver,
    );
  }
  // Without keys the role comes from the node, or from AWS' STS: a way out that keys have no need of.
  const metadata = policy([80]).replace(/$/, '    - ports: [{ port: 443 }]\n');
  const aws = bucket('s3: { bucket: images, region: eu-central-1 }');
  assert.equal(await told('network-policy-excess', registry({ config: aws, more: metadata })), []);
  assert.equal(await told('network-policy-needed', registry({ config: aws, more: policy([443]) })), []);
  assert.is((await told('network-policy-excess', registry({ config: aws, env: keys, more: metadata }))).length, 1);
  const role = `${policy([9000])}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: default, namespace: default, annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/registry" } }\n`;
  const elsewhere = bucket('s3: { bucket: images, region: eu-central-1, regionendpoint: "http://10.0.0.7:9000" }');
  assert.match(
    (await told('network-policy-needed', registry({ config: elsewhere, more: role }))).join(),
    'TCP 443: the role for storage.s3 without keys',
  );
});

test('a bucket of AWS without its region', async () => {
  const bucket = (driver: string): string =>
    registry({ config: CONFIG.replace('filesystem: { rootdirectory: /var/lib/registry }', driver) });
  assert.match((await told('registry-config', bucket('s3: { bucket: images }'))).join(), '"region" is missing');
  assert.equal(
    await told('registry-config', bucket('s3: { bucket: images, regionendpoint: "https://s3.example.com" }')),
    [],
  );
});

test('auth by a variable, and none', async () => {
  const open = ingress('spec:\n  tls: [{ hosts: [registry.example.com], secretName: cert }]');
  assert.is((await told('registry-auth', registry({ more: open }))).length, 1);
  assert.is((await told('registry-auth', registry({ env: variable('REGISTRY_AUTH', 'none'), more: open }))).length, 1);
  assert.equal(await told('registry-auth', registry({ env: variable('REGISTRY_AUTH', 'htpasswd'), more: open })), []);
  assert.equal(
    await told(
      'registry-auth',
      registry({ env: variable('REGISTRY_AUTH_HTPASSWD_PATH', '/auth/htpasswd'), more: open }),
    ),
    [],
  );
});

test("TLS that another's annotation asks for", async () => {
  const login = variable('REGISTRY_AUTH', 'htpasswd');
  assert.is(
    (await told('plain-http-login', registry({ env: login, more: ingress('spec:\n  ingressClassName: traefik') })))
      .length,
    1,
  );
  assert.equal(
    await told(
      'plain-http-login',
      registry({
        env: login,
        more: ingress(
          '  annotations: { traefik.ingress.kubernetes.io/router.tls: "true" }\nspec:\n  ingressClassName: traefik',
        ),
      }),
    ),
    [],
  );
});

test('files of others that look like config.yml', async () => {
  const other = (image: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: app }
data:
  app.yaml: |
    version: 3
    storage: { path: /data }
    http: { port: 80 }
---
apiVersion: v1
kind: Pod
metadata: { name: app }
spec:
  volumes: [{ name: config, configMap: { name: app } }]
  containers: [{ name: app, image: ${image}, args: [serve], volumeMounts: [{ name: config, mountPath: /etc/app }] }]
`;
  for (const rule of ['registry-config', 'graceful-shutdown', 'keep-images', 'registry-auth'])
    assert.equal(await told(rule, other('example.com/app:1.0.0')), [], rule);
  assert.ok((await told('registry-config', other('registry:3.1.2'))).length > 0);
});

test('one pod where no number is stated, several where an autoscaler says it', async () => {
  assert.equal(await told('shared-http-secret', registry()), []);
  assert.is((await told('shared-http-secret', registry({ replicas: 2 }))).length, 1);
  const autoscaler =
    '---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: registry, namespace: default }\nspec:\n  minReplicas: 2\n  maxReplicas: 4\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: registry }\n';
  assert.is((await told('shared-http-secret', registry({ more: autoscaler }))).length, 1);
});

test('a container that only prepares is no registry', async () => {
  const init =
    '      initContainers:\n        - name: prepare\n          image: busybox:1.37.0\n          command: [sh, -c, "true"]\n          volumeMounts: [{ name: config, mountPath: /etc/distribution }]\n';
  assert.equal(await told('graceful-shutdown', registry({ init })), []);
  assert.equal((await told('keep-images', registry({ init }))).length, (await told('keep-images', registry())).length);
});

test('a debug server by whatever leads to it', async () => {
  const config = CONFIG.replace('draintimeout: 30s', 'draintimeout: 30s, debug: { addr: ":5001" }');
  const service =
    '---\napiVersion: v1\nkind: Service\nmetadata: { name: debug, namespace: default }\nspec:\n  selector: { app: registry }\n  ports: [{ name: debug, port: 80, targetPort: 5001 }]\n';
  const to = (port: string): string =>
    ingress('spec:\n  ingressClassName: traefik', port).replace('service: { name: registry', 'service: { name: debug');
  const route = (body: string): string => `---\n${body}`;
  assert.equal(await told('debug-exposed', registry({ config, more: service })), []);
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
    assert.is((await told('debug-exposed', registry({ config, more: service + way }))).length, 1, way);
});

test('volumes that many nodes may read', async () => {
  const claim = (mode: string): string =>
    `---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data, namespace: default }\nspec:\n  accessModes: [${mode}]\n  resources: { requests: { storage: 1Gi } }\n`;
  const mounted = (mode: string): string =>
    registry({ replicas: 2, more: claim(mode) }).replace(
      'volumes: [{',
      'volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }, {',
    );
  assert.equal(await told('access-mode', mounted('ReadOnlyMany')), []);
  assert.is((await told('access-mode', mounted('ReadWriteOnce'))).length > 0, true);
});

test("kinds of the whole cluster, known or a user's, have no namespace", async () => {
  const more =
    '---\napiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: FlowSchema\nmetadata: { name: registry }\nspec:\n  priorityLevelConfiguration: { name: global-default }\n---\napiVersion: example.com/v1\nkind: Unheard\nmetadata: { name: of }\n';
  assert.equal(await told('namespace-consistent', registry({ more })), []);
});

test('a stopped registry takes no pushes', async () => {
  const deletes = CONFIG.replace(
    'storage:',
    'storage:\n      delete: { enabled: true }\n      cache: { blobdescriptor: inmemory }',
  );
  assert.is((await told('gc-writes', registry({ config: deletes, more: collector() }))).length, 1);
  assert.is((await told('gc-cache', registry({ config: deletes, more: collector() }))).length, 1);
  assert.equal(await told('gc-writes', registry({ config: deletes, replicas: 0, more: collector() })), []);
  assert.equal(await told('gc-cache', registry({ config: deletes, replicas: 0, more: collector() })), []);
});

test('files that are called like logins, and are none', async () => {
  const file = (key: string, text: string): string =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: other, namespace: default }\ndata:\n  ${key}: ${JSON.stringify(text)}\n`;
  assert.equal(await told('htpasswd-hash', registry({ more: file('make-htpasswd.sh', '#!/bin/sh\nhtpasswd -B') })), []);
  assert.equal(
    await told('htpasswd-hash', registry({ more: file('auth', 'admin:{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ=') })),
    [],
  );
  assert.is((await told('htpasswd-hash', registry({ more: file('htpasswd', 'admin:secret') }))).length, 1);
  assert.is(
    (
      await told(
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
    assert.equal(await told('secret-data', registry({ env: variable(name, 'https://login.example.com') })), [], name);
  assert.is((await told('secret-data', registry({ env: variable('REGISTRY_HTTP_SECRET', 'hush') }))).length, 1);
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
    await told('redis-eviction', beside('exec redis-server --maxmemory 100mb --maxmemory-policy allkeys-lru')),
    [],
  );
  assert.is((await told('redis-eviction', beside('exec redis-server --maxmemory 100mb'))).length, 1);
});

test('budgets of pods that nobody can count here', async () => {
  const budget =
    '---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: registry, namespace: default }\nspec:\n  minAvailable: 1\n  selector: { matchLabels: { app: registry } }\n';
  assert.is((await told('drain', registry({ more: budget }))).length, 1);
  assert.equal(await told('drain', registry({ more: budget, kind: 'DaemonSet' })), []);
  assert.equal(await told('drain', registry({ more: budget, replicas: 0 })), []);
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
    assert.equal(await told('backend-port', registry({ more: route(host, 5000) })), [], host);
    assert.is((await told('backend-port', registry({ more: route(host, 5001) }))).length, 1, host);
  }
  assert.equal(await told('reference-exists', registry({ more: route('example.com', 443) })), []);
  assert.is((await told('reference-exists', registry({ more: route('registri.default.svc', 443) }))).length, 1);
});

test('every host of every way in', async () => {
  const route =
    '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: registry, namespace: default }\nspec:\n  hostnames: [images.example.com, registry.example.com]\n  parentRefs: [{ name: web }]\n  rules: [{ backendRefs: [{ name: registry, port: 5000 }] }]\n';
  assert.equal(
    await told('host-consistent', registry({ more: ingress('spec:\n  ingressClassName: traefik') + route })),
    ['serves images.example.com, but Ingress/registry serves registry.example.com'],
  );
});

test('nginx that keeps each layer on its own disk', async () => {
  const annotations = (buffering: string): string =>
    `  annotations:\n    nginx.ingress.kubernetes.io/proxy-body-size: "0"\n    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\n    nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"\n${buffering}spec:\n  ingressClassName: nginx`;
  assert.is((await told('large-layers', registry({ more: ingress(annotations('')) }))).length, 1);
  assert.equal(
    await told(
      'large-layers',
      registry({ more: ingress(annotations('    nginx.ingress.kubernetes.io/proxy-request-buffering: "off"\n')) }),
    ),
    [],
  );
});

test.run();
