/** The pods of garbage collection: what runs in them, and with what. */
import type { Container, EnvVar, PodSpec } from 'kubernetes-types/core/v1';
import type { Settings } from '../../config/index.js';
import { containerSecurity, explain, podSecurity } from '../../model/index.js';
import {
  configFolder,
  configVolume,
  EPHEMERAL_STORAGE,
  fromSecret,
  NO_TRACES,
  REDIS_PORT,
  redisHosts,
  registryResources,
  SECRET_KEYS,
} from '../shared.js';
import { accountName, lockName, programName } from './names.js';

export type Collection = Extract<Settings['gc'], { enabled: true }>;

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

/** @returns the pod that collects: the registry's own program, copied from its image, run by the collector's. */
export function collectPod(settings: Settings, gc: Collection): PodSpec {
  const pod = collectorPod(settings, {
    initContainers: [copyRegistry(settings)],
    containers: [collectContainer(settings, gc)],
  });
  pod.volumes!.push({ name: 'tools', emptyDir: { sizeLimit: '256Mi' } }, configVolume(settings));
  return pod;
}

/** @returns the pod that lets the registry take writes again after a collection that was cut short. */
export function recoverPod(settings: Settings, gc: Collection): PodSpec {
  return collectorPod(settings, { containers: [recoverContainer(settings, gc)] });
}

/** @returns the pod that reports what a collection would remove. */
export function dryRunPod(settings: Settings, gc: Collection): PodSpec {
  const folder = configFolder(settings.version.major);
  return {
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
      args: 'Refuses writes, empties the cache, runs what stands after --, and takes writes again: main.mjs describes its arguments.',
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

function flags({ deleteUntagged }: Collection): string[] {
  return deleteUntagged ? ['--delete-untagged'] : [];
}
