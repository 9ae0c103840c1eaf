/** Random registry.yaml files that are valid, with overlays that override and extend in every way. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { ConfigError, readConfig } from '../../generator/config/index.js';

const some = fc.constantFrom;
/** A record of which any fields may be missing, but not all. */
function partial<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }).filter((record) => Object.keys(record).length > 0) as fc.Arbitrary<
    Partial<T>
  >;
}

const image = some(
  'registry:3.1.2',
  'registry:3.1.0',
  'registry:2.8.3',
  'mirror.example.com:5000/library/registry:3.1.2-alpine',
  `registry:3.1.2@sha256:${'0123456789abcdef'.repeat(4)}`,
);
const quantity = some('100m', '1', '2', '0.5', '250m');
const memory = some('64Mi', '256Mi', '500M', '0.5Gi');
const memoryLimit = some('1Gi', '1.5Gi', '2Gi', '1G');

const bucket = fc.record(
  {
    bucket: some('registry', 'example.images', '123456'),
    region: some('us-east-1', 'eu-central-1', 'default'),
    rootDirectory: some('', 'registry', 'teams/a', '010'),
    encrypt: fc.boolean(),
    credentials: some('secret', 'ambient'),
  },
  { requiredKeys: ['bucket', 'region'] },
);
/** The rules reject what a version does not know, or clients cannot look up. */
const endpoint = fc.oneof(
  fc.record(
    {
      endpoint: some(
        '',
        'https://s3.example.com',
        'https://10.0.0.5:9000',
        'http://s3.example.com:8080',
        'http://[fd00::5]:9000',
      ),
      redirect: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  fc.record({ endpoint: some('https://s3.example.com', 'http://storage.example.com'), forcePathStyle: fc.boolean() }),
  fc.record({
    endpoint: some('http://minio:9000', 'https://minio.minio.svc', 'http://rgw.rook-ceph.svc.cluster.local:80'),
    targetPort: some(0, 8080, 9000),
  }),
);
const role = fc.record({
  credentials: fc.constant('ambient'),
  serviceAccountAnnotations: some(
    { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/registry' },
    { 'example.com/role': 'yes' },
  ),
});

const storage = fc.oneof(
  fc.record({
    type: fc.constant('s3'),
    s3: fc.tuple(bucket, endpoint, fc.option(role, { nil: {} })).map((parts) => Object.assign({}, ...parts) as object),
  }),
  fc.record({ type: fc.constant('volume'), size: some('1Gi', '2Gi') }, { requiredKeys: ['type'] }),
  partial({ size: some('1Gi', '100Gi', '1.5Ti'), storageClass: some('', 'standard-rwx', 'ssd') }),
  fc.record({ accessMode: fc.constant('ReadWriteMany'), static: fc.constant({}) }),
  fc.record({ accessMode: fc.constant('ReadWriteOnce'), colocate: fc.constant(true) }),
  fc.record({
    accessMode: fc.constant('ReadWriteMany'),
    storageClass: fc.constant(''),
    static: fc.oneof(
      fc.record({ nfs: fc.record({ server: some('nfs.example.com', '10.0.0.2'), path: some('/exports/a', '/b') }) }),
      fc.record({
        csi: fc.record(
          {
            driver: some('filestore.csi.storage.gke.io', 'nfs.csi.k8s.io'),
            volumeHandle: some('handle', 'modeInstance/zone/name/share'),
            fsType: some('ext4', ''),
            attributes: some({}, { ip: '10.0.0.2' }, { volume: 'yes', ip: '1e3' }),
          },
          { requiredKeys: ['driver', 'volumeHandle'] },
        ),
      }),
      fc.record({ hostPath: fc.record({ path: some('/srv/registry', '/data'), node: some('node-1', 'node-2') }) }),
    ),
  }),
);

const gc = {
  schedule: some('17 3 * * 0', '*/5 * * * *', '@daily', '0 0 1,15 jan-mar mon'),
  timeZone: some('Etc/UTC', 'Europe/Berlin'),
  dryRun: fc.boolean(),
  deadlineSeconds: fc.integer({ min: 300, max: 9999 }),
  graceSeconds: fc.integer({ min: 0, max: 99_999 }),
  minimumGarbage: some('0', '1.5Gi', '500M'),
  retention: fc.record(
    {
      dryRun: fc.boolean(),
      rules: some<object[]>(
        [],
        [{ repositories: ['**'], keepNewest: 3 }],
        [
          { repositories: ['a/*', 'b'], tags: ['pr-*'], keepTags: ['pr-1?'], deleteOlderThan: '30h' },
          { repositories: ['**'], keepPushedWithin: '4w', deleteOlderThan: '' },
        ],
      ),
    },
    { requiredKeys: [] },
  ),
};

/** Fields that go together: how many share what. */
const sharing = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      { storage, replicas: fc.integer({ min: 1, max: 5 }), gc: partial({ enabled: fc.boolean(), ...gc }) },
      { requiredKeys: [] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      storage: fc.record({ accessMode: fc.constant('ReadWriteOnce'), colocate: fc.boolean() }),
      replicas: fc.constant(1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      storage: fc.record({ accessMode: fc.constant('ReadWriteOncePod') }),
      replicas: fc.constant(1),
      gc: fc.constant({ enabled: false }),
    }),
  },
);

const ingress = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(
    {
      ...fields,
      annotations: some(
        {},
        { 'example.com/a': 'on' },
        { 'example.com/a': '1', 'kubernetes.io/b': 'true' },
        { x: '0x10', 'nginx.ingress.kubernetes.io/proxy-body-size': '8g' },
      ),
      allowFrom: fc.array(
        fc.oneof(fc.record({ namespace: some('ingress', 'web') }), fc.record({ cidr: some('10.0.0.0/8', '::1/128') })),
        { maxLength: 3 },
      ),
    },
    { requiredKeys: Object.keys(fields) as never[] },
  );

const certificate = fc.oneof(
  fc.constant({ type: 'none' }),
  fc.record({
    type: fc.constant('cert-manager'),
    issuer: some('letsencrypt', 'ca'),
    issuerKind: some('Issuer', 'ClusterIssuer'),
  }),
  fc.record({ type: fc.constant('secret'), secretName: some('registry-cert', 'yes.no') }),
);

/** Fields that go together: the way in. */
const exposure = fc.oneof(
  fc.record({ ingress: ingress({ class: fc.constant('none') }), tls: fc.constant({ type: 'none' }) }),
  fc.record({
    ingress: ingress({ class: fc.constant('gce') }),
    tls: fc.oneof(certificate, fc.constant({ type: 'gke-managed' })),
  }),
  fc.record({
    ingress: ingress({
      class: some('gce-internal', 'nginx', 'traefik', 'haproxy', 'contour', 'nginx-public', 'my.class'),
    }),
    tls: certificate,
  }),
  fc.record({
    ingress: ingress({
      class: some('nginx-public', 'my.class', 'traefik'),
      controller: some('nginx', 'other', 'contour'),
    }),
    tls: certificate,
  }),
);

/** Fields that go together: a namespace of the cluster's is never made. */
const place = fc.oneof(
  fc.record({ namespace: some('registry', 'images', 'team-a'), createNamespace: fc.boolean() }, { requiredKeys: [] }),
  fc.record({ namespace: fc.constant('default'), createNamespace: fc.constant(false) }),
);

const redis = fc.oneof(
  fc.record({ type: fc.constant('none') }),
  fc.record({ type: fc.constant('sidecar'), memory }, { requiredKeys: ['type'] }),
  fc.record(
    {
      type: fc.constant('statefulset'),
      memory,
      replicas: fc.integer({ min: 0, max: 4 }),
      failover: some('', '', 'sentinel', 'none'),
      image: some('redis:7.2.16-alpine', 'valkey/valkey:8.1.3'),
    },
    { requiredKeys: ['type'] },
  ),
);

const metrics = fc.oneof(
  fc.record({ enabled: fc.constant(false) }),
  fc.record(
    {
      enabled: fc.constant(true),
      namespace: some('monitoring', 'ingress', 'registry', 'yes'),
      podMonitor: fc.boolean(),
    },
    { requiredKeys: ['enabled'] },
  ),
);

const fields = {
  name: some('registry', 'images', 'registry-redis', 'r'),
  place,
  host: some('registry.example.com', 'images.example.org', 'no.example.com'),
  image,
  sharing,
  resources: partial({ cpu: quantity, memory, cpuLimit: some('', '2'), memoryLimit }),
  drainSeconds: fc.integer({ min: 1, max: 600 }),
  imagePullSecrets: fc.uniqueArray(some('mirror', 'hub', 'true'), { maxLength: 3 }),
  secretName: some('', 'secrets', 'null'),
  auth: fc.oneof(
    fc.record({ type: fc.constant('none') }),
    fc.record({
      type: fc.constant('htpasswd'),
      realm: some('Registry', 'Registry <of> A & B', 'é: # "'.replace('"', "'"), 'no', '0'),
    }),
  ),
  deleteUntagged: fc.boolean(),
  redis,
  exposure,
  metrics,
};

type Drawn = Record<string, any>;

/** @returns what was drawn as fields of registry.yaml. */
function flatten({
  place: at = {},
  sharing: shared = {},
  exposure: exposed = {},
  deleteUntagged,
  ...rest
}: Drawn): Drawn {
  const gcFields = { ...shared['gc'], ...(deleteUntagged === undefined ? {} : { deleteUntagged }) };
  return { ...rest, ...at, ...shared, ...exposed, ...(Object.keys(gcFields).length > 0 ? { gc: gcFields } : {}) };
}

const overlayNames = ['sidecar', '0', 'prod-eu'];

/** registry.yaml as a value. It is not always valid: the rules between fields reject some. */
const anyConfig = fc
  .record({
    base: fc.record(fields, { requiredKeys: ['host'] }) as fc.Arbitrary<Drawn>,
    overlays: fc.array(
      fc.record({
        // Without a name most overlays share their parent's objects, which is what patches are for.
        fields: fc.oneof(
          {
            weight: 5,
            arbitrary: fc.record(
              { ...fields, name: fc.constant(undefined) },
              { requiredKeys: [] },
            ) as fc.Arbitrary<Drawn>,
          },
          { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Drawn> },
        ),
        parent: fc.option(fc.nat(1), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ base, overlays }) => ({
    ...flatten(base),
    overlays: Object.fromEntries(
      overlays.map(({ fields: { name, ...rest }, parent }, index) => [
        overlayNames[index]!,
        {
          ...(parent !== undefined && parent < index ? { extends: overlayNames[parent] } : {}),
          ...(name === undefined ? {} : { name }),
          ...flatten(rest),
        },
      ]),
    ),
  }));

/** @returns how many are tried: some, or as many as only CI's thorough run has time for. */
export function often(some: number, many: number): number {
  return process.env['THOROUGH'] === 'true' ? many : some;
}

/**
 * @param seed the same seed gives the same configs
 * @returns texts of valid registry.yaml files
 */
export function randomConfigs(count: number, seed: number): string[] {
  const valid: string[] = [];
  for (let round = 0; valid.length < count; round++) {
    for (const config of fc.sample(anyConfig, { numRuns: count, seed: seed + round })) {
      const text = stringify(config, { version: '1.2', compat: 'yaml-1.1' } as never);
      if (isValid(text)) valid.push(text);
    }
  }
  return valid.slice(0, count);
}

function isValid(text: string): boolean {
  try {
    readConfig(new TextEncoder().encode(text), 'registry.yaml');
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
