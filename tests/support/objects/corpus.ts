/**
 * Broken manifests, each with the rule that it must trip: the overlays of the shipped tree, changed in one place by an
 * operator that knows what it breaks. The rule is the operator's, never read off the checks.
 */
import { parse, stringify } from 'yaml';
import { buildModel } from '../../../generator/features/index.js';
import { finish } from '../../../generator/kustomize/index.js';
import type { External, KubernetesObject } from '../../../generator/model/index.js';
import { settingsOf, variantNames } from '../../../generator/plan/index.js';
import { configOf, shipped } from '../config.js';

export interface Broken {
  /** Overlay, operator and place. */
  name: string;
  rule: string;
  objects: KubernetesObject[];
  externals: External[];
  /** The object that was changed, where it is one; its place in `objects`. */
  changed: number | undefined;
}

type Any = Record<string, any>;
type Unit = Any[];

/** Changes a unit in place. @returns the object that was changed, true where it is none, or undefined where there is nothing to change */
interface Operator {
  name: string;
  rule: string;
  apply: (unit: Unit) => Any | true | undefined;
}

/** @returns the unit of each overlay, and the base. */
export function shippedUnits(): { name: string; objects: KubernetesObject[]; externals: External[] }[] {
  const config = configOf(shipped);
  return variantNames(config).map((name) => {
    const model = buildModel(settingsOf(config, name));
    return { name, objects: finish(model, []), externals: model.externals };
  });
}

/** @returns the whole corpus, the same each time. */
export function corpus(): Broken[] {
  // Overlays share most of their objects, and what a schema says of one is the same in each.
  const seen = new Set<string>();
  return shippedUnits().flatMap(({ name, objects, externals }) => {
    const operators = [...relations, ...schemaOperators(objects, seen)];
    return operators.flatMap((operator): Broken[] => {
      const unit = structuredClone(objects) as unknown as Unit;
      const changed = operator.apply(unit);
      if (changed === undefined) return [];
      const index = changed === true ? undefined : unit.indexOf(changed);
      return [
        {
          name: `${name}: ${operator.name}`,
          rule: operator.rule,
          objects: unit as unknown as KubernetesObject[],
          externals,
          changed: index,
        },
      ];
    });
  });
}

const of = (unit: Unit, kind: string, component?: string): Any | undefined =>
  unit.find(
    (object) =>
      object['kind'] === kind &&
      (component === undefined || object['metadata'].labels?.['app.kubernetes.io/component'] === component),
  );
const podOf = (object: Any): Any =>
  object['kind'] === 'CronJob' ? object['spec'].jobTemplate.spec.template.spec : object['spec'].template.spec;
const registryContainer = (unit: Unit): Any => podOf(of(unit, 'Deployment')!)['containers'][0];

/** An operator on the one object of a kind. */
function on(
  kind: string,
  name: string,
  rule: string,
  change: (object: Any) => void | false,
  component?: string,
): Operator {
  return {
    name: `${kind}${component ? ` (${component})` : ''}: ${name}`,
    rule,
    apply: (unit) => {
      const object = of(unit, kind, component);
      return object && change(object) !== false ? object : undefined;
    },
  };
}

/** An operator on config.yml. */
function onConfig(name: string, rule: string, change: (config: Any) => void | false): Operator {
  return {
    name: `config.yml: ${name}`,
    rule,
    apply: (unit) => {
      const configMap = unit.find((object) => object['kind'] === 'ConfigMap' && object['data']?.['config.yml']);
      const config = parse(configMap!['data']['config.yml']) as Any;
      if (change(config) === false) return undefined;
      configMap!['data']['config.yml'] = stringify(config);
      return configMap;
    },
  };
}

/** Makes the collector's container run the registry's own collector, and nothing around it. */
function collectPlainly(cronJob: Any): void {
  const [container] = podOf(cronJob)['containers'];
  container.command = ['/tools/registry'];
  container.args = ['garbage-collect', '/etc/distribution/config.yml'];
}

/** What fits no more, and what is not safe any more. */
/** Changes redis.conf, where a unit has one. */
function ofRedis(name: string, from: string | RegExp, to: string): Operator {
  return {
    name: `Redis ${name}`,
    rule: 'redis-eviction',
    apply: (unit) => {
      const configMap = unit.find((object) => object['kind'] === 'ConfigMap' && object['data']?.['redis.conf']);
      if (configMap) configMap['data']['redis.conf'] = configMap['data']['redis.conf'].replace(from, to);
      return configMap;
    },
  };
}

const relations: Operator[] = [
  // References
  on(
    'Service',
    'selects a component that there is not',
    'service-pods',
    ({ spec }) => void (spec.selector['app.kubernetes.io/component'] = 'registr'),
    'registry',
  ),
  on(
    'Service',
    'selects by less, and so Redis too',
    'service-port',
    ({ spec }) => void delete spec.selector['app.kubernetes.io/component'],
    'registry',
  ),
  on(
    'Service',
    'targets a port name that no container has',
    'service-port',
    ({ spec }) => void (spec.ports[0].targetPort = 'web'),
    'registry',
  ),
  on(
    'Service',
    'targets a port number that no container has',
    'service-port',
    ({ spec }) => void (spec.ports[0].targetPort = 5001),
    'registry',
  ),
  {
    name: 'StatefulSet selects by less, and so the registry too',
    rule: 'selector-overlap',
    apply: (unit) => {
      const set = of(unit, 'StatefulSet');
      if (set) delete set['spec'].selector.matchLabels['app.kubernetes.io/component'];
      return set;
    },
  },
  on(
    'Deployment',
    'selects by the name alone',
    'selector-overlap',
    ({ spec }) => void (spec.selector.matchLabels = { 'app.kubernetes.io/name': 'registry' }),
  ),
  on(
    'NetworkPolicy',
    'selects nothing',
    'policy-selector',
    ({ spec }) => void (spec.podSelector.matchLabels['app.kubernetes.io/instance'] = 'other'),
    'registry',
  ),
  on(
    'PodDisruptionBudget',
    'selects nothing',
    'policy-selector',
    ({ spec }) => void (spec.selector.matchLabels['app.kubernetes.io/name'] = 'registries'),
    'registry',
  ),
  {
    name: 'PodDisruptionBudget selects two workloads',
    rule: 'policy-selector',
    apply: (unit) => {
      if (!of(unit, 'StatefulSet')) return undefined;
      const budget = of(unit, 'PodDisruptionBudget', 'registry')!;
      delete budget['spec'].selector.matchLabels['app.kubernetes.io/component'];
      return budget;
    },
  },
  on(
    'Deployment',
    'spreads pods of others',
    'placement-selector',
    (object) => void (podOf(object)['topologySpreadConstraints'][0].labelSelector.matchLabels = { app: 'registry' }),
  ),
  on(
    'Deployment',
    'must run beside pods that there are not',
    'placement-selector',
    (object) =>
      void (podOf(object)['affinity'] = {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'none' } } },
          ],
        },
      }),
  ),
  on(
    'Deployment',
    'mounts a ConfigMap by its name without the hash',
    'reference-exists',
    (object) => void (podOf(object)['volumes'][0].configMap.name = 'registry-config'),
  ),
  on(
    'Deployment',
    'reads a Secret of another name',
    'reference-exists',
    (object) =>
      void (podOf(object)['containers'][0].env.find(({ valueFrom }: Any) => valueFrom).valueFrom.secretKeyRef.name =
        'registry-secret'),
  ),
  on(
    'Deployment',
    'mounts a claim of another name',
    'reference-exists',
    (object) =>
      void (podOf(object)['volumes'].find(
        ({ persistentVolumeClaim }: Any) => persistentVolumeClaim,
      ).persistentVolumeClaim.claimName = 'data'),
  ),
  on(
    'Deployment',
    'runs as an account that there is not',
    'reference-exists',
    (object) => void (podOf(object)['serviceAccountName'] = 'registries'),
  ),
  on(
    'Deployment',
    "has a priority class of nobody's",
    'reference-exists',
    (object) => void (podOf(object)['priorityClassName'] = 'very-high'),
  ),
  on(
    'CronJob',
    'mounts a claim of another name',
    'reference-exists',
    (object) =>
      void (podOf(object)['volumes'].find(
        ({ persistentVolumeClaim }: Any) => persistentVolumeClaim,
      ).persistentVolumeClaim.claimName = 'registry'),
  ),
  on(
    'PersistentVolumeClaim',
    "has a storage class of nobody's",
    'reference-exists',
    ({ spec }) => void (spec.storageClassName = 'fast'),
  ),
  on(
    'Ingress',
    'sends to a Service that there is not',
    'reference-exists',
    ({ spec }) => void (spec.rules[0].http.paths[0].backend.service.name = 'registries'),
  ),
  on('Ingress', "is of a class of nobody's", 'reference-exists', ({ metadata, spec }) => {
    delete metadata.annotations['kubernetes.io/ingress.class'];
    spec.ingressClassName = 'public';
  }),
  on(
    'Ingress',
    "has a certificate of nobody's",
    'reference-exists',
    ({ spec }) => void (spec.tls = [{ hosts: [spec.rules[0].host], secretName: 'cert' }]),
  ),
  on('Ingress', 'names a managed certificate that there is not', 'reference-exists', ({ metadata }) =>
    metadata.annotations['networking.gke.io/managed-certificates']
      ? void (metadata.annotations['networking.gke.io/managed-certificates'] = 'other')
      : false,
  ),
  on('Ingress', 'names a FrontendConfig that there is not', 'reference-exists', ({ metadata }) =>
    metadata.annotations['networking.gke.io/v1beta1.FrontendConfig']
      ? void (metadata.annotations['networking.gke.io/v1beta1.FrontendConfig'] = 'other')
      : false,
  ),
  {
    name: 'Service names a BackendConfig that there is not',
    rule: 'reference-exists',
    apply: (unit) => {
      const service = of(unit, 'Service', 'registry')!;
      if (!of(unit, 'BackendConfig')) return undefined;
      service['metadata'].annotations['cloud.google.com/backend-config'] = '{"default":"other"}';
      return service;
    },
  },
  on(
    'StatefulSet',
    'names a Service that there is not',
    'reference-exists',
    ({ spec }) => void (spec.serviceName = 'redis'),
  ),
  on(
    'Deployment',
    'reads a key that the ConfigMap has not',
    'key-exists',
    (object) => void (podOf(object)['volumes'][0].configMap.items = [{ key: 'config.yaml', path: 'config.yml' }]),
  ),
  {
    name: 'a variable from a key that the ConfigMap has not',
    rule: 'key-exists',
    apply: (unit) => {
      const configMap = of(unit, 'ConfigMap', 'registry')!;
      registryContainer(unit)['env'].push({
        name: 'LEVEL',
        valueFrom: { configMapKeyRef: { name: configMap['metadata'].name, key: 'level' } },
      });
      return of(unit, 'Deployment');
    },
  },
  on(
    'Deployment',
    'has a volume that nobody mounts',
    'volume-mounted',
    (object) => void podOf(object)['volumes'].push({ name: 'spare', emptyDir: {} }),
  ),
  on(
    'StatefulSet',
    'forgets to mount its data',
    'volume-mounted',
    (object) => void podOf(object)['containers'][0].volumeMounts.pop(),
  ),
  on(
    'Deployment',
    'probes a port name that the container has not',
    'probe-port',
    (object) => void (podOf(object)['containers'][0].readinessProbe.httpGet.port = 'https'),
  ),
  on(
    'Deployment',
    'probes a port number that the container has not',
    'probe-port',
    (object) => void (podOf(object)['containers'][0].livenessProbe.tcpSocket.port = 5001),
  ),
  on(
    'Ingress',
    'sends to a port that the Service has not',
    'backend-port',
    ({ spec }) => void (spec.rules[0].http.paths[0].backend.service.port = { name: 'https' }),
  ),
  on(
    'Ingress',
    'sends to a port number that the Service has not',
    'backend-port',
    ({ spec }) => void (spec.rules[0].http.paths[0].backend.service.port = { number: 443 }),
  ),
  on('PodDisruptionBudget', 'allows nobody to go', 'drain', ({ spec }) => void (spec.maxUnavailable = 0)),
  on('PodDisruptionBudget', 'asks for all to stay', 'drain', ({ spec }) => {
    delete spec.maxUnavailable;
    spec.minAvailable = '100%';
  }),
  on('PodDisruptionBudget', 'asks for as many as there are, or more', 'drain', ({ spec }) => {
    delete spec.maxUnavailable;
    spec.minAvailable = 3;
  }),
  {
    name: 'the Service of the StatefulSet is not headless',
    rule: 'headless-service',
    apply: (unit) => {
      const service = of(unit, 'Service', 'redis');
      if (service) delete service['spec'].clusterIP;
      return service;
    },
  },
  on(
    'StatefulSet',
    "names the registry's Service",
    'headless-service',
    ({ spec }) => void (spec.serviceName = 'registry'),
  ),
  {
    name: 'an autoscaler beside stated replicas',
    rule: 'autoscaler-replicas',
    apply: (unit) => {
      unit.push({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'registry', namespace: 'registry' },
        spec: { maxReplicas: 4, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'registry' } },
      });
      return true;
    },
  },
  on(
    'Deployment',
    'has an image with a capital',
    'image-reference',
    (object) => void (podOf(object)['containers'][0].image = 'Registry:3.1.2'),
  ),
  on(
    'Deployment',
    'has an image with a scheme',
    'image-reference',
    (object) => void (podOf(object)['containers'][0].image = 'https://registry:3.1.2'),
  ),
  on(
    'ServiceAccount',
    'is in another namespace',
    'namespace-consistent',
    ({ metadata }) => void (metadata.namespace = 'default'),
  ),
  on('NetworkPolicy', 'has no namespace', 'namespace-consistent', ({ metadata }) => void delete metadata.namespace),
  on(
    'Namespace',
    "is another than the objects'",
    'namespace-consistent',
    ({ metadata }) => void (metadata.name = 'registries'),
  ),
  onConfig('Redis on a port that it does not listen on', 'redis-address', ({ redis }) =>
    redis ? void (redis.addrs[0] = redis.addrs[0].replace('6379', '6380')) : false,
  ),
  onConfig('Redis of a Service that there is not', 'redis-address', ({ redis }) =>
    redis?.addrs[0].startsWith('registry') ? void (redis.addrs = ['redis:6379']) : false,
  ),
  onConfig('Redis of a pod that there is not', 'redis-address', ({ redis }) =>
    redis?.addrs[0].startsWith('registry') ? void (redis.addrs = ['registry-redis-2.registry-redis:6379']) : false,
  ),
  onConfig('Redis in the pod, which has none', 'redis-address', ({ redis }) =>
    redis?.addrs[0].startsWith('registry') ? void (redis.addrs = ['127.0.0.1:6379']) : false,
  ),
  onConfig('a cache in Redis without an address', 'redis-address', (config) => {
    config['storage'].cache = { blobdescriptor: 'redis' };
    delete config['redis'];
  }),
  on(
    'ManagedCertificate',
    'is for another host',
    'host-consistent',
    ({ spec }) => void (spec.domains = ['registry.example.org']),
  ),
  on(
    'ManagedCertificate',
    'is not for the host of the Ingress',
    'certificate-secret',
    ({ spec }) => void (spec.domains = ['registry.example.org']),
  ),
  {
    name: 'http.host of another name',
    rule: 'host-consistent',
    apply: (unit) =>
      of(unit, 'Ingress')
        ? onConfig('', '', ({ http }) => void (http.host = 'https://images.example.com')).apply(unit)
        : undefined,
  },
  {
    name: 'a Certificate goes into another Secret',
    rule: 'certificate-secret',
    apply: (unit) => {
      const ingress = of(unit, 'Ingress');
      if (!ingress) return undefined;
      ingress['spec'].tls = [{ hosts: ['registry.example.com'], secretName: 'registry-tls' }];
      unit.push({
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name: 'registry', namespace: 'registry' },
        spec: { secretName: 'registry-cert', dnsNames: ['registry.example.com'], issuerRef: { name: 'letsencrypt' } },
      });
      return true;
    },
  },
  on('NetworkPolicy', 'lets nobody in', 'network-policy-needed', ({ spec }) => void (spec.ingress = []), 'registry'),
  on(
    'NetworkPolicy',
    'lets in on another port',
    'network-policy-needed',
    ({ spec }) => void (spec.ingress[0].ports[0].port = 80),
    'registry',
  ),
  on(
    'NetworkPolicy',
    'does not let out to Redis',
    'network-policy-needed',
    ({ spec }) => (spec.egress?.length > 0 ? void spec.egress.shift() : false),
    'registry',
  ),
  on(
    'NetworkPolicy',
    'does not let out to the DNS',
    'network-policy-needed',
    ({ spec }) => (spec.egress?.length > 0 ? void spec.egress.pop() : false),
    'registry',
  ),
  on(
    'NetworkPolicy',
    'does not let the registry in',
    'network-policy-needed',
    ({ spec }) => void spec.ingress[0].from.shift(),
    'redis',
  ),
  on(
    'NetworkPolicy',
    'lets everyone in',
    'network-policy-excess',
    ({ spec }) => void delete spec.ingress[0].from,
    'redis',
  ),
  on(
    'NetworkPolicy',
    'lets other namespaces in',
    'network-policy-excess',
    ({ spec }) => void spec.ingress[0].from.push({ namespaceSelector: {} }),
    'redis',
  ),
  on(
    'NetworkPolicy',
    'lets in what recovers',
    'network-policy-excess',
    ({ spec }) =>
      void spec.ingress[0].from.push({ podSelector: { matchLabels: { 'app.kubernetes.io/component': 'gc-recover' } } }),
    'redis',
  ),
  on(
    'NetworkPolicy',
    'lets in on a port that nobody listens on',
    'network-policy-excess',
    ({ spec }) => void spec.ingress[0].ports.push({ port: 5001 }),
    'registry',
  ),
  on(
    'NetworkPolicy',
    'lets in on every port',
    'network-policy-excess',
    ({ spec }) => void delete spec.ingress[0].ports,
    'registry',
  ),
  on(
    'NetworkPolicy',
    'lets out to anywhere',
    'network-policy-excess',
    ({ spec }) => void (spec.egress ??= []).push({}),
    'registry',
  ),
  on(
    'NetworkPolicy',
    'lets out to mail servers',
    'network-policy-excess',
    ({ spec }) => void (spec.egress ??= []).push({ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 25 }] }),
    'gc-recover',
  ),
  on(
    'NetworkPolicy',
    'lets out to the DNS for nothing',
    'network-policy-excess',
    ({ spec }) => void (spec.egress ??= []).push({ ports: [{ port: 53, protocol: 'UDP' }] }),
    'gc-recover',
  ),
  {
    name: 'no policy for the registry',
    rule: 'network-policy-covers',
    apply: (unit) => {
      unit.splice(unit.indexOf(of(unit, 'NetworkPolicy', 'registry')!), 1);
      return true;
    },
  },
  on(
    'NetworkPolicy',
    'is for ingress only',
    'network-policy-covers',
    ({ spec }) => {
      spec.policyTypes = ['Ingress'];
      spec.egress = [];
    },
    'registry',
  ),
  {
    name: 'a role that no pod uses',
    rule: 'rbac-used',
    apply: (unit) => {
      unit.push(
        role([
          { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: ['registry'], verbs: ['patch'] },
        ]),
        binding(),
      );
      return true;
    },
  },
  {
    name: 'a role that names a Deployment that there is not',
    rule: 'rbac-used',
    apply: (unit) => {
      unit.push(
        role([
          { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: ['registries'], verbs: ['patch'] },
        ]),
      );
      return true;
    },
  },
  on(
    'Deployment',
    'mounts a token without rights',
    'rbac-used',
    (object) => void (podOf(object)['automountServiceAccountToken'] = true),
  ),
  // config.yml
  onConfig('a misspelt key', 'registry-config', ({ http }) => {
    http.relativeurl = http.relativeurls;
    delete http.relativeurls;
  }),
  onConfig('delete at the top', 'registry-config', (config) => {
    config['delete'] = config['storage'].delete;
    delete config['storage'].delete;
  }),
  onConfig('two drivers', 'registry-config', ({ storage }) => void (storage.s3 = { bucket: 'images' })),
  onConfig('no driver', 'registry-config', ({ storage }) => void delete storage.filesystem),
  onConfig('a driver that 3.x dropped', 'registry-config', ({ storage }) => {
    delete storage.filesystem;
    storage.swift = { container: 'images' };
  }),
  onConfig(
    'Redis in the form of 2.8',
    'registry-config',
    (config) => void (config['redis'] = { addr: 'registry-redis-0.registry-redis:6379', pool: { maxidle: 16 } }),
  ),
  onConfig('a duration without a unit', 'registry-config', ({ http }) => void (http.draintimeout = 'sixty seconds')),
  onConfig('a level that there is not', 'registry-config', ({ log }) => void (log.level = 'verbose')),
  onConfig('an address without a port', 'registry-config', ({ http }) => void (http.addr = 'localhost')),
  // Safety
  ...(['hostNetwork', 'hostPID', 'hostIPC'] as const).map((field) =>
    on('Deployment', `has the node's ${field}`, 'pod-security', (object) => void (podOf(object)[field] = true)),
  ),
  on(
    'Deployment',
    'may run as root',
    'pod-security',
    (object) => void delete podOf(object)['securityContext'].runAsNonRoot,
  ),
  on('Deployment', 'is root', 'pod-security', (object) => void (podOf(object)['securityContext'].runAsUser = 0)),
  on(
    'Deployment',
    'has no seccomp profile',
    'pod-security',
    (object) => void delete podOf(object)['securityContext'].seccompProfile,
  ),
  on(
    'StatefulSet',
    'is unconfined',
    'pod-security',
    (object) => void (podOf(object)['securityContext'].seccompProfile.type = 'Unconfined'),
  ),
  ...(['Deployment', 'StatefulSet', 'CronJob'] as const).flatMap((kind) => [
    on(
      kind,
      'keeps capabilities',
      'pod-security',
      (object) => void delete podOf(object)['containers'][0].securityContext.capabilities,
    ),
    on(
      kind,
      'adds a capability',
      'pod-security',
      (object) => void (podOf(object)['containers'][0].securityContext.capabilities.add = ['SYS_ADMIN']),
    ),
    on(
      kind,
      'may gain privileges',
      'pod-security',
      (object) => void delete podOf(object)['containers'][0].securityContext.allowPrivilegeEscalation,
    ),
    on(
      kind,
      'has a writable root',
      'container-hardening',
      (object) => void (podOf(object)['containers'][0].securityContext.readOnlyRootFilesystem = false),
    ),
    on(
      kind,
      'is somebody on the node',
      'container-hardening',
      (object) => void (podOf(object)['securityContext'].runAsUser = 999),
    ),
    on(
      kind,
      'has no memory limit',
      'resources',
      (object) => void delete podOf(object)['containers'][0].resources.limits.memory,
    ),
    on(
      kind,
      'requests no CPU',
      'resources',
      (object) => void delete podOf(object)['containers'][0].resources.requests.cpu,
    ),
    on(kind, 'has no resources', 'resources', (object) => void delete podOf(object)['containers'][0].resources),
    on(
      kind,
      'has a path of the node',
      'pod-security',
      (object) => void podOf(object)['volumes'].push({ name: 'host', hostPath: { path: '/var/lib' } }),
    ),
    ...['registry', 'registry:latest', 'registry:3', 'registry:3.1', 'registry:3-alpine'].map((image) =>
      on(
        kind,
        `has the image ${image}`,
        'image-pinned',
        (object) => void (podOf(object)['containers'][0].image = image),
      ),
    ),
  ]),
  on(
    'Deployment',
    'takes a port of the node',
    'pod-security',
    (object) => void (podOf(object)['containers'][0].ports[0].hostPort = 5000),
  ),
  on(
    'Deployment',
    'has no readiness probe',
    'probes',
    (object) => void delete podOf(object)['containers'][0].readinessProbe,
  ),
  on(
    'Deployment',
    'has no liveness probe',
    'probes',
    (object) => void delete podOf(object)['containers'][0].livenessProbe,
  ),
  on(
    'Deployment',
    'asks the same twice',
    'probes',
    (object) => void (podOf(object)['containers'][0].livenessProbe = podOf(object)['containers'][0].readinessProbe),
  ),
  on('Deployment', 'is spread over nothing', 'spread', (object) => {
    delete podOf(object)['topologySpreadConstraints'];
    delete podOf(object)['affinity'];
  }),
  {
    name: 'no PodDisruptionBudget',
    rule: 'spread',
    apply: (unit) => {
      unit.splice(unit.indexOf(of(unit, 'PodDisruptionBudget', 'registry')!), 1);
      return true;
    },
  },
  {
    name: 'a Secret in clear text',
    rule: 'secret-data',
    apply: (unit) => {
      unit.push({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'registry-secrets', namespace: 'registry' },
        stringData: { 'http-secret': 'abc' },
      });
      return true;
    },
  },
  {
    name: 'a Secret in base64',
    rule: 'secret-data',
    apply: (unit) => {
      unit.push({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'registry-secrets', namespace: 'registry' },
        data: { 'http-secret': 'YWJj' },
      });
      return true;
    },
  },
  onConfig('the HTTP secret', 'secret-data', ({ http }) => void (http.secret = 'abc')),
  onConfig('the password of Redis', 'secret-data', ({ redis }) => (redis ? void (redis.password = 'abc') : false)),
  on(
    'Deployment',
    'has a password in a variable',
    'secret-data',
    (object) => void podOf(object)['containers'][0].env.push({ name: 'REGISTRY_REDIS_PASSWORD_', value: 'abc' }),
  ),
  {
    name: 'an htpasswd line in a ConfigMap',
    rule: 'secret-data',
    apply: (unit) => {
      const configMap = of(unit, 'ConfigMap', 'registry')!;
      configMap['data'].htpasswd = 'alice:$2b$10$abcdefghijklmnopqrstuuJ0mYb0W1Zl0G9q3N5x7y9z1b3d5f7h9\n';
      return configMap;
    },
  },
  {
    name: 'an htpasswd line with an MD5 hash',
    rule: 'htpasswd-hash',
    apply: (unit) => {
      unit.push({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'registry-secrets', namespace: 'registry' },
        stringData: { htpasswd: 'alice:$apr1$abc$def\n' },
      });
      return true;
    },
  },
  on(
    'PersistentVolumeClaim',
    'is for one node',
    'access-mode',
    ({ spec }) => void (spec.accessModes = ['ReadWriteOnce']),
  ),
  on(
    'PersistentVolumeClaim',
    'is for one pod',
    'access-mode',
    ({ spec }) => void (spec.accessModes = ['ReadWriteOncePod']),
  ),
  on('PersistentVolumeClaim', 'may be pruned', 'keep-images', ({ metadata }) => void delete metadata.annotations),
  on('Deployment', 'keeps its images in the pod', 'keep-images', (object) => {
    const volume = podOf(object)['volumes'].find(({ persistentVolumeClaim }: Any) => persistentVolumeClaim);
    delete volume.persistentVolumeClaim;
    volume.emptyDir = {};
  }),
  on(
    'Deployment',
    'is stopped before it has drained',
    'graceful-shutdown',
    (object) => void (podOf(object)['terminationGracePeriodSeconds'] = 60),
  ),
  on(
    'Deployment',
    'stops without a pause',
    'graceful-shutdown',
    (object) => void delete podOf(object)['containers'][0].lifecycle,
  ),
  onConfig('no drain', 'graceful-shutdown', ({ http }) => void delete http.draintimeout),
  onConfig('no purging', 'upload-purging', ({ storage }) => void (storage.maintenance.uploadpurging.enabled = false)),
  onConfig(
    'purging as a dry run',
    'upload-purging',
    ({ storage }) => void (storage.maintenance.uploadpurging.dryrun = true),
  ),
  onConfig(
    'purging after a minute',
    'upload-purging',
    ({ storage }) => void (storage.maintenance.uploadpurging.age = '1m'),
  ),
  {
    name: 'no login, and a LoadBalancer',
    rule: 'registry-auth',
    apply: (unit) => {
      of(unit, 'Service', 'registry')!['spec'].type = 'LoadBalancer';
      return onConfig('', '', (config) => void delete config['auth']).apply(unit) && true;
    },
  },
  on(
    'Service',
    'shows the login to the network',
    'plain-http-login',
    ({ spec }) => void (spec.type = 'LoadBalancer'),
    'registry',
  ),
  on(
    'Ingress',
    'shows the login to the network',
    'plain-http-login',
    ({ metadata }) => void delete metadata.annotations['networking.gke.io/managed-certificates'],
  ),
  on('CronJob', 'collects beside live pushes', 'gc-writes', (object) => collectPlainly(object)),
  {
    name: 'makes another registry read-only',
    rule: 'gc-writes',
    apply: (unit) => {
      const job = of(unit, 'CronJob')!;
      podOf(job)['containers'][0].args[2] = 'other';
      return job;
    },
  },
  {
    name: 'collects what a cache still has',
    rule: 'gc-cache',
    apply: (unit) => {
      collectPlainly(of(unit, 'CronJob')!);
      onConfig('', '', ({ storage }) => void (storage.cache = { blobdescriptor: 'inmemory' })).apply(unit);
      return true;
    },
  },
  {
    name: 'leaves a Redis as it is',
    rule: 'gc-cache',
    apply: (unit) => {
      if (!of(unit, 'StatefulSet')) return undefined;
      const job = of(unit, 'CronJob')!;
      const { args } = podOf(job)['containers'][0];
      args.splice(args.lastIndexOf('--redis'), 2);
      return job;
    },
  },
  {
    name: "has the registry's own collector delete untagged manifests",
    rule: 'gc-flags',
    apply: (unit) => {
      const job = of(unit, 'CronJob')!;
      collectPlainly(job);
      podOf(job)['containers'][0].args.splice(1, 0, '--delete-untagged');
      return job;
    },
  },
  {
    name: "has the registry's own collector remove blobs",
    rule: 'gc-flags',
    apply: (unit) => {
      const job = of(unit, 'CronJob')!;
      const { args } = podOf(job)['containers'][0];
      args.splice(args.indexOf('--dry-run'), 1);
      return job;
    },
  },
  on('Role', 'may not change the Deployment', 'gc-protocol', ({ rules }) => void (rules[0].verbs = ['get'])),
  on('Role', 'may not see pods', 'gc-protocol', ({ rules }) => void rules.splice(1, 1)),
  on(
    'RoleBinding',
    "is bound to the registry's account",
    'gc-protocol',
    ({ subjects }) => void (subjects[0].name = 'registry'),
  ),
  {
    name: 'there is no lock',
    rule: 'gc-protocol',
    apply: (unit) => {
      unit.splice(
        unit.findIndex(({ metadata }) => metadata.name === 'registry-gc-lock'),
        1,
      );
      return true;
    },
  },
  {
    name: 'nothing recovers from a collection that dies',
    rule: 'gc-protocol',
    apply: (unit) => {
      unit.splice(
        unit.findIndex(({ metadata }) => metadata.name === 'registry-gc-recover'),
        1,
      );
      return true;
    },
  },
  on('CronJob', 'has no end', 'gc-flags', ({ spec }) => void delete spec.jobTemplate.spec.activeDeadlineSeconds),
  {
    name: 'nothing can be deleted',
    rule: 'gc-flags',
    apply: (unit) => {
      collectPlainly(of(unit, 'CronJob')!);
      return onConfig('', '', ({ storage }) => void (storage.delete.enabled = false)).apply(unit);
    },
  },
  onConfig('a cache in memory, for two replicas that delete', 'delete-cache', ({ storage }) => {
    storage.cache = { blobdescriptor: 'inmemory' };
    storage.delete.enabled = true;
  }),
  {
    name: 'each replica makes up its secret',
    rule: 'shared-http-secret',
    apply: (unit) => {
      const container = registryContainer(unit);
      container['env'] = container['env'].filter(({ name }: Any) => name !== 'REGISTRY_HTTP_SECRET');
      return of(unit, 'Deployment');
    },
  },
  on(
    'Deployment',
    'gets variables of Services',
    'registry-env',
    (object) => void delete podOf(object)['enableServiceLinks'],
  ),
  {
    name: 'sends traces to nobody',
    rule: 'registry-env',
    apply: (unit) => {
      const container = registryContainer(unit);
      container['env'] = container['env'].filter(({ name }: Any) => name !== 'OTEL_TRACES_EXPORTER');
      return of(unit, 'Deployment');
    },
  },
  {
    name: "Redis' password for 3.0",
    rule: 'registry-env',
    apply: (unit) => {
      const container = registryContainer(unit);
      if (!container['env'].some(({ name }: Any) => name === 'REGISTRY_REDIS_PASSWORD')) return undefined;
      container['image'] = 'registry:3.0.0';
      return of(unit, 'Deployment');
    },
  },
  on(
    'Deployment',
    'probes what asks for a login',
    'registry-probe',
    (object) => void (podOf(object)['containers'][0].readinessProbe.httpGet.path = '/v2/'),
  ),
  on(
    'BackendConfig',
    'asks what asks for a login',
    'registry-probe',
    ({ spec }) => void (spec.healthCheck.requestPath = '/v2/'),
  ),
  on('BackendConfig', 'cuts off after 30 s', 'large-layers', ({ spec }) => void delete spec.timeoutSec),
  {
    name: 'no BackendConfig',
    rule: 'large-layers',
    apply: (unit) => {
      if (!of(unit, 'BackendConfig')) return undefined;
      const service = of(unit, 'Service', 'registry')!;
      delete service['metadata'].annotations;
      return service;
    },
  },
  on('Ingress', 'by nginx, with its limit of 1 MB', 'large-layers', ({ metadata, spec }) => {
    delete metadata.annotations['kubernetes.io/ingress.class'];
    spec.ingressClassName = 'nginx';
  }),
  ofRedis('that evicts nothing', 'allkeys-lru', 'noeviction'),
  ofRedis('without maxmemory', /maxmemory \S+/, ''),
  ofRedis('without room for a replica that starts', 'maxmemory 128mb', 'maxmemory 192mb'),
  on('StatefulSet', 'has less memory than Redis takes', 'redis-eviction', (object) => {
    const { resources } = podOf(object)['containers'][0];
    resources.limits.memory = resources.requests.memory = '128Mi';
  }),
  on('StatefulSet', 'asks for no password', 'redis-password', (object) => {
    const [redis] = podOf(object)['containers'];
    redis.args.splice(redis.args.indexOf('--requirepass'), 2);
  }),
  {
    name: 'logs in to a Redis that has no password',
    rule: 'redis-password',
    apply: (unit) => {
      const redis = (podOf(of(unit, 'Deployment')!)['initContainers'] ?? []).find(({ name }: Any) => name === 'redis');
      if (!redis) return undefined;
      registryContainer(unit)['env'].push({
        name: 'REGISTRY_REDIS_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'registry-secrets', key: 'redis-password' } },
      });
      return of(unit, 'Deployment');
    },
  },
  {
    name: 'does not log in to Redis',
    rule: 'redis-password',
    apply: (unit) => {
      const container = registryContainer(unit);
      const kept = container['env'].filter(({ name }: Any) => name !== 'REGISTRY_REDIS_PASSWORD');
      if (kept.length === container['env'].length) return undefined;
      container['env'] = kept;
      return of(unit, 'Deployment');
    },
  },
  onConfig('waits long for Redis', 'redis-timeouts', ({ redis }) => (redis ? void (redis.dialtimeout = '5s') : false)),
  onConfig('waits for ever for Redis', 'redis-timeouts', ({ redis }) =>
    redis ? void delete redis.readtimeout : false,
  ),
  onConfig(
    'a pull-through cache with logins',
    'proxy-push',
    (config) => void (config['proxy'] = { remoteurl: 'https://registry-1.docker.io' }),
  ),
  {
    name: 'the debug server from outside',
    rule: 'debug-exposed',
    apply: (unit) => {
      const service = of(unit, 'Service', 'registry')!;
      service['spec'].type = 'LoadBalancer';
      service['spec'].ports.push({ name: 'debug', port: 5001, targetPort: 5001 });
      registryContainer(unit)['ports'].push({ name: 'debug', containerPort: 5001 });
      onConfig('', '', ({ http }) => void (http.debug = { addr: ':5001' })).apply(unit);
      return true;
    },
  },
  {
    name: 'a role with wildcards',
    rule: 'rbac-least',
    apply: (unit) => {
      unit.push(role([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]));
      return true;
    },
  },
  {
    name: 'a role that may patch all Deployments',
    rule: 'rbac-least',
    apply: (unit) => {
      unit.push(role([{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] }]));
      return true;
    },
  },
  {
    name: 'a role that may bind another one, with which nothing applies a tree',
    rule: 'rbac-least',
    apply: (unit) => {
      const named = { resources: ['roles'], resourceNames: ['registry-gc'], verbs: ['bind'] };
      unit.push(role([{ apiGroups: ['rbac.authorization.k8s.io'], ...named }]));
      return true;
    },
  },
  // Lifecycle
  on(
    'CronJob',
    'of a version that was removed',
    'removed-api',
    (object) => void (object['apiVersion'] = 'batch/v1beta1'),
  ),
  on(
    'PodDisruptionBudget',
    'of a version that was removed',
    'removed-api',
    (object) => void (object['apiVersion'] = 'policy/v1beta1'),
  ),
  on(
    'Ingress',
    'of a version that was removed',
    'removed-api',
    (object) => void (object['apiVersion'] = 'extensions/v1beta1'),
  ),
  on(
    'Deployment',
    'of a version that was removed',
    'removed-api',
    (object) => void (object['apiVersion'] = 'apps/v1beta2'),
  ),
  on('Service', 'of a group that there is not', 'unknown-kind', (object) => void (object['apiVersion'] = 'core/v1')),
  on('Deployment', 'of a kind that there is not', 'unknown-kind', (object) => void (object['kind'] = 'Deploymnet')),
  on(
    'Deployment',
    'has a field of a later minor',
    'unserved-field',
    (object) => void (podOf(object)['hostnameOverride'] = 'registry'),
  ),
  on(
    'Deployment',
    'has a deprecated field',
    'deprecated-field',
    (object) => void (podOf(object)['serviceAccount'] = 'registry'),
  ),
];

function role(rules: object[]): Any {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'registry', namespace: 'registry' },
    rules,
  };
}

function binding(): Any {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'registry', namespace: 'registry' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'registry' },
    subjects: [{ kind: 'ServiceAccount', name: 'registry', namespace: 'registry' }],
  };
}

/** Maps whose keys are the user's own. */
const FREE = /(^|\.)(labels|annotations|matchLabels|selector|data|limits|requests|nodeSelector)$/;
/** Fields whose values must be there. */
const REQUIRED = new Set([
  'name',
  'containerPort',
  'mountPath',
  'image',
  'schedule',
  'key',
  'claimName',
  'secretName',
  'topologyKey',
  'maxSkew',
  'whenUnsatisfiable',
  'accessModes',
  'port',
  'pathType',
  'backend',
]);
/** Values that are wrong wherever the field stands. */
const WRONG: Record<string, unknown> = {
  protocol: 'HTTP',
  imagePullPolicy: 'Sometimes',
  restartPolicy: 'Maybe',
  concurrencyPolicy: 'Allowed',
  schedule: 'daily',
  timeZone: 'Berlin',
  containerPort: 70000,
  memory: '1 GB',
  cpu: 'one',
  'ephemeral-storage': '1G B',
  storage: '10 Gi',
  maxSkew: 0,
  whenUnsatisfiable: 'Never',
  pathType: 'Glob',
  cidr: '10.0.0.0',
  replicas: -1,
  periodSeconds: -1,
  failureThreshold: -2,
  defaultMode: 1000,
  runAsUser: -1,
  fsGroup: -1,
  fsGroupChangePolicy: 'Sometimes',
  clusterIP: 'none',
  host: 'Registry.Example.Com',
  namespace: 'Registry',
};

/** Unknown fields, wrong types, missing fields, wrong values and duplicates, in every place of a unit's objects. */
function schemaOperators(objects: KubernetesObject[], seen: Set<string>): Operator[] {
  const operators: Operator[] = [];
  for (const [index, object] of objects.entries()) {
    const text = JSON.stringify(object);
    if (seen.has(text)) continue;
    seen.add(text);
    // GKE's definitions are kept by hand: no API server here knows them.
    if (/gke|google/.test(object.apiVersion)) continue;
    const label = `${object.kind}/${object.metadata.name.replace(/-[a-z0-9]{10}$/, '')}`;
    const add = (
      path: (string | number)[],
      what: string,
      rule: string,
      change: (holder: any, key: any) => void,
    ): void => {
      operators.push({
        name: `${label} ${path.join('.')}: ${what}`,
        rule,
        apply: (unit) => {
          const target = unit[index]!;
          change(
            path.slice(0, -1).reduce<any>((at, key) => at[key], target),
            path.at(-1),
          );
          return target;
        },
      });
    };
    const visit = (value: unknown, path: (string | number)[]): void => {
      const dotted = path.join('.');
      const key = path.at(-1);
      if (path.length > 0 && !['apiVersion', 'kind'].includes(dotted)) {
        if (Array.isArray(value))
          add(path, 'text instead of a list', 'wrong-type', (holder, name) => void (holder[name] = 'text'));
        else if (typeof value === 'object' && value !== null) {
          add(path, 'text instead of a map', 'wrong-type', (holder, name) => void (holder[name] = 'text'));
          if (!FREE.test(dotted) || (dotted === 'spec.selector' && object.kind !== 'Service'))
            add(path, 'an unknown field', 'unknown-field', (holder, name) => void (holder[name].surprise = 1));
        } else if (typeof value === 'string' && !/^(metadata\.name|metadata\.namespace)$/.test(dotted)) {
          if (!/(port|targetPort|maxSurge|maxUnavailable|cpu|memory|storage|ephemeral-storage|sizeLimit)$/.test(dotted))
            add(path, 'a number instead of text', 'wrong-type', (holder, name) => void (holder[name] = 1));
        } else if (typeof value === 'boolean')
          add(path, 'text instead of true or false', 'wrong-type', (holder, name) => void (holder[name] = 'yes'));
        else if (typeof value === 'number' && !/(port|targetPort|maxSurge|maxUnavailable)$/.test(dotted))
          add(path, 'text instead of a number', 'wrong-type', (holder, name) => void (holder[name] = 'many'));
        if (
          typeof key === 'string' &&
          REQUIRED.has(key) &&
          !FREE.test(path.slice(0, -1).join('.')) &&
          isRequired(object.kind, path)
        )
          add(path, 'missing', 'missing-field', (holder, name) => void delete holder[name]);
        if (
          typeof key === 'string' &&
          key in WRONG &&
          !dotted.startsWith('metadata.') &&
          !/claimRef|labels|subjects/.test(dotted)
        )
          add(
            path,
            `wrong: ${String(WRONG[key])}`,
            'invalid-value',
            (holder, name) => void (holder[name] = WRONG[key]),
          );
      }
      if (Array.isArray(value)) {
        if (
          /(^|\.)(containers|env|volumes|volumeMounts|topologySpreadConstraints|ports)$/.test(dotted) &&
          !/(ingress|egress)\.\d+\.ports$/.test(dotted)
        )
          add(
            path,
            'the first item twice',
            'duplicate-item',
            (holder, name) => void holder[name].push(structuredClone(holder[name][0])),
          );
        value.forEach((item, number) => visit(item, [...path, number]));
      } else if (typeof value === 'object' && value !== null)
        for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name]);
    };
    visit(object, []);
  }
  return operators;
}

/** The same name is required in one place and not in another. */
function isRequired(kind: string, path: (string | number)[]): boolean {
  const dotted = path.join('.').replace(/\.\d+/g, '[]');
  if (dotted === 'metadata.name') return true;
  if (dotted.endsWith('ports[].name') || /service\.port(\.name)?$/.test(dotted)) return false;
  if (/(ingress|egress)\[\]\.ports\[\]\.port$/.test(dotted)) return false;
  return !(kind === 'NetworkPolicy' && dotted.endsWith('.port'));
}
