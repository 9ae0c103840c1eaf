/** Pods that are taken, and what is wrong with those that are refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { milliOf, nanosOf, quantityOf } from '../../generator/checks/schema/semantics/quantity.js';
import { type Fields, errorsOf, pod, NEWEST, deployment } from './pod-specs.js';

const test = suite('pods');

const container = (fields: Fields, spec: Fields = {}): Fields => ({
  ...spec,
  containers: [{ name: 'c', image: 'i:1', ...fields }],
});

const volume = (fields: Fields): Fields => ({ volumes: [{ name: 'v', ...fields }] });

const projected = (...sources: Fields[]): Fields => volume({ projected: { sources } });

const amounts = (requests: Fields, limits: Fields): Fields => container({ resources: { requests, limits } });

const divisor = (resource: string, value: unknown): Fields =>
  container({ env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource, divisor: value } } }] });

test('quantities are exact, rounded up and the same however they are written', () => {
  assert.is(nanosOf('0.57'), nanosOf('570m'));
  assert.is(nanosOf('0.1n'), 1n);
  assert.is(nanosOf('20Ei'), nanosOf('8Ei'));
  assert.ok(nanosOf('9007199254740993') > nanosOf('9007199254740992'));
  assert.is(milliOf('1023.9999'), milliOf('1Ki'));
  assert.is(quantityOf('4.35'), quantityOf('4350m'));
  assert.is(quantityOf('-1.5Ki'), -1536);
  assert.ok(nanosOf('1e999999999') > 0n);
});

test('a pod that is taken is not called wrong', () => {
  const specs: Fields[] = [
    amounts({ cpu: '570m', memory: '20Ei' }, { cpu: '0.57', memory: '10Ei' }),
    amounts({ 'kubernetes.io/x': 1 }, {}),
    divisor('limits.cpu', '1000m'),
    divisor('limits.memory', '1024Ki'),
    divisor('limits.memory', '1000k'),
    divisor('limits.memory', 0),
    container({ lifecycle: { stopSignal: 'USR1' } }),
    container({ livenessProbe: { grpc: { port: 1, mode: 'x' } } }),
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['x'] }] }],
          },
        },
      },
    },
    { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: '' } } },
    { hostIPC: true, securityContext: { sysctls: [{ name: 'kernel.shm_next_id', value: '1' }] } },
    container(
      { ports: [{ containerPort: 80, hostPort: 80 }] },
      {
        initContainers: [
          { name: 'i', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 80, hostPort: 80 }] },
        ],
      },
    ),
    { os: { name: 'windows' }, hostPID: false, securityContext: { sysctls: [] } },
    volume({
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { name: '', labels: { a: 'b' } },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      },
    }),
    projected({ serviceAccountToken: { path: 'x' } }, { secret: { name: 's', items: [{ key: 'k', path: 'x' }] } }),
    {
      resources: { limits: { cpu: 1 } },
      containers: [
        { name: 'a', image: 'i', resources: { limits: { cpu: '500m' } } },
        { name: 'b', image: 'i', resources: { limits: { cpu: '500m' } } },
      ],
    },
  ];
  for (const spec of specs) {
    assert.equal(errorsOf(pod(spec), NEWEST), [], JSON.stringify(spec));
    assert.equal(errorsOf(deployment(spec), NEWEST), [], JSON.stringify(spec));
  }
});

test('of a pod that is refused it is reported what is wrong, and where', () => {
  const cases: [spec: Fields, reported: string][] = [
    [amounts({ cpu: -1 }, {}), 'spec.containers[0].resources.requests.cpu: expected a number of at least 0; got -1'],
    [
      amounts({ storage: 1 }, {}),
      'spec.containers[0].resources.requests.storage: expected cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain such as nvidia.com/gpu; got the name "storage"',
    ],
    [
      amounts({}, { 'nvidia.com/gpu': '500m' }),
      'spec.containers[0].resources.limits["nvidia.com/gpu"]: expected a whole number; got 500m',
    ],
    [
      amounts({ 'nvidia.com/gpu': 1 }, { 'nvidia.com/gpu': 2 }),
      'spec.containers[0].resources.requests["nvidia.com/gpu"]: the request of nvidia.com/gpu must be its limit, 2; got 1',
    ],
    [
      amounts({}, { cpu: 1, 'hugepages-2Mi': '3Mi' }),
      'spec.containers[0].resources.limits.hugepages-2Mi: expected a multiple of the size of a page, 2Mi; got 3Mi',
    ],
    [
      amounts({}, { 'hugepages-2Mi': '2Mi' }),
      'spec.containers[0].resources: huge pages need a request or limit of cpu or memory beside them',
    ],
    [
      divisor('limits.memory', '1048576'),
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: expected 1 or a unit of it such as 1Mi; got 1048576',
    ],
    [
      container(
        { env: [{ name: 'A', valueFrom: { fileKeyRef: { key: 'K', path: 'p', volumeName: 'v' } } }] },
        volume({ configMap: { name: 'x' } }),
      ),
      'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: expected a volume that is an emptyDir; v has the source configMap',
    ],
    [
      container({ volumeDevices: [{ name: 'v', devicePath: '/d' }] }, volume({ emptyDir: {} })),
      'spec.containers[0].volumeDevices[0].name: expected a volume that is a persistentVolumeClaim or ephemeral; v has the source emptyDir',
    ],
    [
      container({ securityContext: { procMount: 'Unmasked' } }),
      'spec.containers[0].securityContext.procMount: Unmasked needs hostUsers: false',
    ],
    [{ hostUsers: false, hostNetwork: true }, 'spec.hostNetwork: must not be true where hostUsers is false'],
    [
      { os: { name: 'windows' }, securityContext: { fsGroup: 1 } },
      'spec.securityContext.fsGroup: a pod on Windows has none',
    ],
    [
      { schedulingGates: [{ name: 'a/b' }], nodeName: 'x' },
      'spec.nodeName: must not be set where there are schedulingGates',
    ],
    [volume({ fc: { targetWWNs: ['a'] } }), 'spec.volumes[0].fc.lun: expected a number from 0 to 255; got nothing'],
    [
      volume({ iscsi: { targetPortal: 'x', iqn: 'foo', lun: 0 } }),
      'spec.volumes[0].iscsi.iqn: expected an iSCSI name such as iqn.2001-04.com.example:storage, or one that begins with eui. or naa.; got "foo"',
    ],
    [
      projected({ clusterTrustBundle: { path: 'x' } }),
      'spec.volumes[0].projected.sources[0].clusterTrustBundle: one of name and signerName is needed',
    ],
    [
      {
        resources: { requests: { cpu: 1 } },
        containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: 2 } } }],
      },
      "spec.resources.requests.cpu: the containers together request more than the pod's 1",
    ],
  ];
  for (const [spec, reported] of cases) assert.equal(errorsOf(pod(spec), NEWEST), [reported]);
});

test('what only some minors look at is asked of those alone', () => {
  const bundle = pod(projected({ clusterTrustBundle: { path: 'x' } }));
  assert.equal(errorsOf(bundle, { first: 33, last: 36 }), []);
  const claims = pod({ resourceClaims: [{ name: 'x' }] });
  assert.equal(errorsOf(claims, { first: 32, last: 33 }), []);
  assert.equal(errorsOf(claims, { first: 33, last: 34 }), [
    'spec.resourceClaims[0]: expected exactly one of resourceClaimName, resourceClaimTemplateName; got none',
  ]);
  const restarts = pod(container({ restartPolicy: 'Never' }));
  assert.equal(errorsOf(restarts, NEWEST), []);
  assert.equal(errorsOf(restarts, { first: 33, last: 37 }), [
    'spec.containers[0].restartPolicy: before Kubernetes 1.34 only init containers have one',
  ]);
});

test.run();
