import type { CronJob, CronJobSpec } from 'kubernetes-types/batch/v1';
import type { ConfigMap, Container, EnvVar, PodSpec, ServiceAccount } from 'kubernetes-types/core/v1';
import type { Role, RoleBinding } from 'kubernetes-types/rbac/v1';
import type { Settings } from '../config/index.js';
import { programs } from '../generated/collector.js';
import {
  type Complete,
  containerSecurity,
  type Draft,
  explain,
  type FileContent,
  metadata,
  podSecurity,
  selectorLabels,
} from '../model/index.js';
import {
  configFolder,
  configVolume,
  EPHEMERAL_STORAGE,
  fromSecret,
  NO_SUBSTITUTION,
  NO_TRACES,
  REDIS_PORT,
  redisHosts,
  registryResources,
  SECRET_KEYS,
} from './shared.js';

type Collection = Extract<Settings['gc'], { enabled: true }>;

const PROGRAM_FOLDER = '/collector';
const TOOLS_FOLDER = '/tools';
const CERTIFICATES = 'ca-certificates.crt';
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Seconds that a stopped collection has to let the registry take writes again. */
const GRACE_SECONDS = 180;
/**
 * Seconds that a node may remember that a file is there which another node has deleted: the most that Linux does by default.
 *
 * @see https://man7.org/linux/man-pages/man5/nfs.5.html acdirmax
 */
const SETTLE_SECONDS = 60;
/** Seconds beyond the deadline of one collection for its pod to start, and for a second try of one that died at once. */
const START_SECONDS = 1800;

/** The collector's files are the same in every registry. */
const files: Record<string, FileContent> = Object.fromEntries(
  Object.entries(programs).map(([name, script]) => [name, { script }]),
);

/**
 * Garbage collection: as a dry run the registry's own collector and nothing else, else the protocol that refuses writes
 * meanwhile, and what undoes one that was cut short.
 */
export function gc(draft: Draft): void {
  const { settings } = draft;
  const { gc } = settings;
  if (!gc.enabled) return;
  if (gc.dryRun) return dryRun(draft, gc);
  draft.configMaps.push({
    name: programName(settings),
    labels: selectorLabels(settings, 'garbage-collector'),
    annotations: NO_SUBSTITUTION,
    files,
  });
  const pod = collectorPod(settings, {
    initContainers: [copyRegistry(settings)],
    containers: [collectContainer(settings, gc)],
  });
  pod.volumes!.push({ name: 'tools', emptyDir: { sizeLimit: '256Mi' } }, configVolume(settings));
  draft.storagePods.push({ pod, readOnly: false });
  draft.add(
    serviceAccount(settings),
    role(settings),
    roleBinding(settings),
    lock(settings),
    cronJob(settings, 'gc', pod, {
      schedule: gc.schedule,
      timeZone: gc.timeZone,
      startingDeadlineSeconds: 3600,
      deadlineSeconds: gc.deadlineSeconds + START_SECONDS,
    }),
    cronJob(settings, 'gc-recover', collectorPod(settings, { containers: [recoverContainer(settings, gc)] }), {
      schedule: '*/10 * * * *',
      startingDeadlineSeconds: 300,
      deadlineSeconds: 300,
    }),
  );
}

function dryRun(draft: Draft, gc: Collection): void {
  const { settings } = draft;
  const folder = configFolder(settings.version.major);
  const pod: PodSpec = {
    serviceAccountName: settings.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: podSecurity(),
    containers: [
      explain(
        {
          name: 'garbage-collect',
          image: settings.image,
          imagePullPolicy: 'IfNotPresent',
          args: ['garbage-collect', '--dry-run', ...flags(gc), `${folder}/config.yml`],
          ...(settings.version.major >= 3 ? { env: [NO_TRACES] } : {}),
          resources: registryResources(settings),
          securityContext: containerSecurity(),
          volumeMounts: [{ name: 'config', mountPath: folder, readOnly: true }],
        },
        { args: 'Only reports what it would remove: the registry goes on as ever.' },
      ),
    ],
    volumes: [configVolume(settings)],
  };
  draft.storagePods.push({ pod, readOnly: true });
  draft.add(
    cronJob(settings, 'gc', pod, {
      schedule: gc.schedule,
      timeZone: gc.timeZone,
      startingDeadlineSeconds: 3600,
      deadlineSeconds: gc.deadlineSeconds,
    }),
  );
}

function flags({ deleteUntagged }: Collection): string[] {
  return deleteUntagged ? ['--delete-untagged'] : [];
}

function programName({ name }: Settings): string {
  return `${name}-collector`;
}

function accountName({ name }: Settings): string {
  return `${name}-gc`;
}

function lockName({ name }: Settings): string {
  return `${name}-gc-lock`;
}

function collectorPod(settings: Settings, containers: Pick<PodSpec, 'initContainers' | 'containers'>): PodSpec {
  return explain(
    {
      serviceAccountName: accountName(settings),
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: podSecurity(),
      ...containers,
      volumes: [{ name: 'collector', configMap: { name: programName(settings) } }],
    },
    {
      automountServiceAccountToken: 'Makes the registry read-only, and takes that back: see the Role.',
      terminationGracePeriodSeconds: 'A collection that is stopped lets the registry take writes again before it goes.',
    },
  );
}

function programContainer(settings: Settings, { image }: Collection, task: string, args: string[]): Container {
  return {
    name: task,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', `${PROGRAM_FOLDER}/main.mjs`],
    args: [task, '--deployment', settings.name, '--lock', lockName(settings), ...args],
    env: [{ name: 'NODE_EXTRA_CA_CERTS', value: `${ACCOUNT_FOLDER}/ca.crt` }],
    resources: {
      requests: { cpu: '50m', memory: '96Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
      limits: { memory: '192Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.limit },
    },
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'collector', mountPath: PROGRAM_FOLDER, readOnly: true }],
  };
}

function collectContainer(settings: Settings, gc: Collection): Container {
  const folder = configFolder(settings.version.major);
  const redis = redisHosts(settings);
  const command = [`${TOOLS_FOLDER}/registry`, 'garbage-collect', ...flags(gc), `${folder}/config.yml`];
  const container = programContainer(settings, gc, 'collect', [
    ...redis.flatMap((host) => ['--redis', `${host}:${REDIS_PORT}`]),
    '--deadline',
    String(gc.deadlineSeconds),
    ...(settings.storage.type === 'volume' ? ['--settle', String(SETTLE_SECONDS)] : []),
    '--',
    ...command,
  ]);
  const env: EnvVar[] = [
    ...container.env!,
    ...(redis.length > 0 ? [fromSecret(settings, 'REDIS_PASSWORD', SECRET_KEYS.redisPassword)] : []),
    ...(settings.version.major >= 3 ? [NO_TRACES] : []),
    ...(settings.storage.type === 's3' ? [{ name: 'SSL_CERT_FILE', value: `${TOOLS_FOLDER}/${CERTIFICATES}` }] : []),
  ];
  return explain(
    {
      ...container,
      env,
      resources: registryResources(settings),
      volumeMounts: [
        ...container.volumeMounts!,
        { name: 'tools', mountPath: TOOLS_FOLDER, readOnly: true },
        { name: 'config', mountPath: folder, readOnly: true },
      ],
    },
    {
      args: "Refuses writes, empties the cache, runs what stands after --, and takes writes again: main.mjs says how it's called.",
    },
  );
}

function recoverContainer(settings: Settings, gc: Collection): Container {
  return explain(programContainer(settings, gc, 'recover', []), {
    args: 'Does nothing, unless a collection was cut short and left the registry read-only.',
  });
}

/**
 * The collector's program starts the registry's, which is in another image: a program that needs no libraries. To reach a
 * bucket it needs the authorities that its own image trusts: one with Node.js may have none.
 */
function copyRegistry(settings: Settings): Container {
  const certificates = settings.storage.type === 's3' ? ` && cp /etc/ssl/certs/${CERTIFICATES} ${TOOLS_FOLDER}/` : '';
  return {
    name: 'copy-registry',
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', `cp "$(command -v registry)" ${TOOLS_FOLDER}/registry${certificates}`],
    resources: {
      requests: { cpu: '50m', memory: '64Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
      limits: { memory: '128Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.limit },
    },
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'tools', mountPath: TOOLS_FOLDER }],
  };
}

interface Timing {
  schedule: string;
  timeZone?: string;
  startingDeadlineSeconds: number;
  deadlineSeconds: number;
}

function cronJob(
  settings: Settings,
  suffix: 'gc' | 'gc-recover',
  pod: PodSpec,
  { deadlineSeconds, ...timing }: Timing,
): Complete<CronJob> {
  const component = suffix === 'gc' ? 'garbage-collector' : suffix;
  const labels = selectorLabels(settings, component);
  const spec: CronJobSpec = {
    ...timing,
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: suffix === 'gc' ? 3 : 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      spec: {
        activeDeadlineSeconds: deadlineSeconds,
        backoffLimit: 2,
        ...(suffix === 'gc' ? { podFailurePolicy: retryTheDead() } : {}),
        template: { metadata: { labels }, spec: pod },
      },
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata(settings, 'CronJob', component, suffix),
    spec: explain(
      spec,
      suffix === 'gc'
        ? { concurrencyPolicy: 'Two collections at once would delete under each other.' }
        : {
            schedule:
              'How long a registry stays read-only after the node of a collection is gone: at most this, and two minutes.',
          },
    ),
  };
}

/** A collection that failed would fail again, and refuse writes meanwhile. One that died without a word is tried again. */
function retryTheDead(): NonNullable<NonNullable<CronJobSpec['jobTemplate']['spec']>['podFailurePolicy']> {
  return explain(
    { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 2] } }] },
    { rules: 'What failed is for someone to look at; what died without a word is tried again.' },
  );
}

function serviceAccount(settings: Settings): Complete<ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(settings, 'ServiceAccount', 'garbage-collector', 'gc'),
    automountServiceAccountToken: false,
  };
}

function role(settings: Settings): Complete<Role> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: metadata(settings, 'Role', 'garbage-collector', 'gc'),
    rules: [
      explain(
        { apiGroups: ['apps'], resources: ['deployments'], resourceNames: [settings.name], verbs: ['get', 'patch'] },
        { resourceNames: 'Two variables of its container say that it is read-only.' },
      ),
      explain(
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
        { resources: 'No name is known before: to see that no pod takes writes any more.' },
      ),
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [lockName(settings)], verbs: ['get', 'patch'] },
    ],
  };
}

function roleBinding(settings: Settings): Complete<RoleBinding> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: metadata(settings, 'RoleBinding', 'garbage-collector', 'gc'),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: accountName(settings) },
    subjects: [{ kind: 'ServiceAccount', name: accountName(settings), namespace: settings.namespace }],
  };
}

/** Git says that it exists, the collector what is in it: no controller sees a difference. */
function lock(settings: Settings): Complete<ConfigMap> {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: explain(metadata(settings, 'ConfigMap', 'garbage-collector', 'gc-lock'), {
      name: 'Has no data here: a collection writes into it that it is under way.',
    }),
  };
}
