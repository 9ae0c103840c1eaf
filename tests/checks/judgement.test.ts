/** Variables, configuration and certificates that rules see through. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reported, registry, collector, variable, CONFIG, ingress } from './judged.js';

const test = suite('what rules see, and what they do not');

test('variables that set what config.yml does not', async () => {
  assert.is((await reported('gc-flags', registry({ more: collector() }))).length, 1);
  assert.equal(
    await reported(
      'gc-flags',
      registry({
        env: variable('REGISTRY_STORAGE_DELETE_ENABLED', 'true'),
        more: collector('              env: [{ name: REGISTRY_STORAGE_DELETE_ENABLED, value: "true" }]\n'),
      }),
    ),
    [],
  );
  const undrained = CONFIG.replace(', draintimeout: 30s', '');
  assert.is((await reported('graceful-shutdown', registry({ config: undrained }))).length, 1);
  assert.equal(
    await reported(
      'graceful-shutdown',
      registry({ config: undrained, env: variable('REGISTRY_HTTP_DRAINTIMEOUT', '30s') }),
    ),
    [],
  );
  assert.is(
    (
      await reported(
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
  assert.ok((await reported('network-policy-excess', registry({ more: policy }))).length > 0);
  assert.equal(
    await reported(
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
      await reported('network-policy-needed', registry({ config: bucket(driver), env, more: policy([port]) })),
      [],
      driver,
    );
    assert.equal(
      await reported('network-policy-excess', registry({ config: bucket(driver), env, more: policy([port]) })),
      [],
      driver,
    );
    assert.is(
      (await reported('network-policy-needed', registry({ config: bucket(driver), env, more: policy([1]) }))).length,
      1,
      driver,
    );
  }
  // Without keys the role comes from the node, or from AWS' STS: a way out that keys have no need of.
  const metadata = policy([80]).replace(/$/, '    - ports: [{ port: 443 }]\n');
  const aws = bucket('s3: { bucket: images, region: eu-central-1 }');
  assert.equal(await reported('network-policy-excess', registry({ config: aws, more: metadata })), []);
  assert.equal(await reported('network-policy-needed', registry({ config: aws, more: policy([443]) })), []);
  assert.is((await reported('network-policy-excess', registry({ config: aws, env: keys, more: metadata }))).length, 1);
  const role = `${policy([9000])}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: default, namespace: default, annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/registry" } }\n`;
  const elsewhere = bucket('s3: { bucket: images, region: eu-central-1, regionendpoint: "http://10.0.0.7:9000" }');
  assert.match(
    (await reported('network-policy-needed', registry({ config: elsewhere, more: role }))).join(),
    'TCP 443: the role for storage.s3 without keys',
  );
});

test('a bucket of AWS without its region', async () => {
  const bucket = (driver: string): string =>
    registry({ config: CONFIG.replace('filesystem: { rootdirectory: /var/lib/registry }', driver) });
  assert.match((await reported('registry-config', bucket('s3: { bucket: images }'))).join(), '"region" is missing');
  assert.equal(
    await reported('registry-config', bucket('s3: { bucket: images, regionendpoint: "https://s3.example.com" }')),
    [],
  );
});

test('auth by a variable, and none', async () => {
  const open = ingress('spec:\n  tls: [{ hosts: [registry.example.com], secretName: cert }]');
  assert.is((await reported('registry-auth', registry({ more: open }))).length, 1);
  assert.is(
    (await reported('registry-auth', registry({ env: variable('REGISTRY_AUTH', 'none'), more: open }))).length,
    1,
  );
  assert.equal(
    await reported('registry-auth', registry({ env: variable('REGISTRY_AUTH', 'htpasswd'), more: open })),
    [],
  );
  assert.equal(
    await reported(
      'registry-auth',
      registry({ env: variable('REGISTRY_AUTH_HTPASSWD_PATH', '/auth/htpasswd'), more: open }),
    ),
    [],
  );
});

test("TLS that another's annotation asks for", async () => {
  const login = variable('REGISTRY_AUTH', 'htpasswd');
  assert.is(
    (await reported('plain-http-login', registry({ env: login, more: ingress('spec:\n  ingressClassName: traefik') })))
      .length,
    1,
  );
  assert.equal(
    await reported(
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
    assert.equal(await reported(rule, other('example.com/app:1.0.0')), [], rule);
  assert.ok((await reported('registry-config', other('registry:3.1.2'))).length > 0);
});

test.run();
