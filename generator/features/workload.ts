import type { Deployment } from 'kubernetes-types/apps/v1';
import type { Container, PodSpec, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
import {
  type Complete,
  containerSecurity,
  Draft,
  explain,
  metadata,
  podSecurity,
  selectorLabels,
  selectorOf,
} from '../model/index.js';
import { configFolder, configVolume, HTTP_PORT, registryResources, runsOnOneNode, spread, together } from './shared.js';

/** Seconds that a pod told to stop waits before it stops taking requests: load balancers learn of it meanwhile. */
const PRE_STOP_SECONDS = 15;
/** Seconds that the registry has to exit after the drain. */
const EXIT_SECONDS = 15;

/** The registry itself: Deployment, Service, ServiceAccount, and the parts of config.yml that every registry has. */
export function startWorkload(settings: Settings): Draft {
  const { name, drainSeconds } = settings;
  const container = registryContainer(settings);
  const pod: PodSpec = explain(
    {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: explain(podSecurity(), {
        fsGroupChangePolicy: 'The default walks the whole volume at each start: minutes with many images.',
      }),
      terminationGracePeriodSeconds: PRE_STOP_SECONDS + drainSeconds + EXIT_SECONDS,
      ...placement(settings),
      containers: [container],
      volumes: [configVolume(settings)],
    },
    {
      enableServiceLinks:
        'Service links are variables named after Services, and the registry reads REGISTRY_* as settings.',
      terminationGracePeriodSeconds: `${PRE_STOP_SECONDS} s before the drain, ${drainSeconds} s drain (config.yml), ${EXIT_SECONDS} s to exit.`,
    },
  );
  const draft = new Draft(settings, pod, container, {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: {},
    http: httpSection(settings),
    health: {
      storagedriver: explain(
        { enabled: true, interval: '10s', threshold: 3 },
        { enabled: 'A pod that cannot reach its storage answers 503 and leaves the Service.' },
      ),
    },
  });
  draft.add(serviceAccount(settings), deployment(settings, pod), service(settings));
  return draft;
}

function registryContainer(settings: Settings): Container {
  const { image, version } = settings;
  const rootProbe = { httpGet: { path: '/', port: 'http' } };
  return explain(
    {
      name: 'registry',
      image,
      imagePullPolicy: 'IfNotPresent',
      args: ['serve', `${configFolder(version.major)}/config.yml`],
      env: [],
      ports: [{ name: 'http', containerPort: HTTP_PORT, protocol: 'TCP' }],
      startupProbe: { ...rootProbe, periodSeconds: 2, failureThreshold: 60 },
      readinessProbe: { ...rootProbe, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
      livenessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
      resources: registryResources(settings),
      securityContext: containerSecurity(),
      volumeMounts: [{ name: 'config', mountPath: configFolder(version.major), readOnly: true }],
    },
    {
      startupProbe: '/ answers 200 without a login, and 503 while the storage is out of reach; /v2/ would answer 401.',
      livenessProbe: 'Not /: a restart mends no storage.',
      lifecycle: 'Endpoints and load balancers take a while to drop this pod; until then it serves on.',
    },
  );
}

function httpSection({ drainSeconds }: Settings): Record<string, unknown> {
  return explain(
    {
      addr: `:${HTTP_PORT}`,
      draintimeout: `${drainSeconds}s`,
      relativeurls: true,
      headers: { 'X-Content-Type-Options': ['nosniff'] },
    },
    {
      addr: 'The secret that replicas share comes from REGISTRY_HTTP_SECRET.',
      relativeurls: 'Clients go back the way they came, whatever X-Forwarded-* the proxies in front pass on.',
    },
  );
}

/** Spread over nodes and zones, or kept together on the one node that can mount the volume. */
function placement(settings: Settings): Pick<PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  if (runsOnOneNode(settings)) {
    return { affinity: together(settings) };
  }
  return settings.replicas === 1 ? {} : spread(settings, 'registry', ['pod-template-hash']);
}

function deployment(settings: Settings, pod: PodSpec): Complete<Deployment> {
  const { storage } = settings;
  // Two nodes cannot hold the volume at once, so the new pod would wait for the old one, which waits for the new one.
  const recreate =
    storage.type === 'volume' &&
    (storage.accessMode === 'ReadWriteOncePod' || (storage.accessMode === 'ReadWriteOnce' && !runsOnOneNode(settings)));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(settings, 'Deployment', 'registry'),
    spec: explain(
      {
        replicas: settings.replicas,
        revisionHistoryLimit: 3,
        strategy: recreate
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: selectorOf(settings, 'registry'),
        template: { metadata: { labels: selectorLabels(settings, 'registry') }, spec: pod },
      },
      {
        strategy: recreate
          ? 'The volume mounts on one node: the old pod must be gone before a new one can start.'
          : 'A pod leaves only when its successor is ready.',
      },
    ),
  };
}

function service(settings: Settings): Complete<Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(settings, 'Service', 'registry'),
    spec: {
      type: 'ClusterIP',
      selector: selectorLabels(settings, 'registry'),
      ports: [{ name: 'http', port: HTTP_PORT, protocol: 'TCP', targetPort: 'http', appProtocol: 'http' }],
    },
  };
}

function serviceAccount(settings: Settings): Complete<ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(settings, 'ServiceAccount', 'registry'),
    automountServiceAccountToken: false,
  };
}
