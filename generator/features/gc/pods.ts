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
  redisHosts,
  registryResources,
  SECRET_KEYS,
} from '../shared.js';
import { CERTIFICATES, collecting, looking, PROGRAM_FOLDER, recovering, TOOLS_FOLDER } from './arguments.js';
import { accountName, type Collection, programName } from './names.js';

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The authority that signed the API server's certificate. */
const API_SERVER: EnvVar[] = [{ name: 'NODE_EXTRA_CA_CERTS', value: `${ACCOUNT_FOLDER}/ca.crt` }];
/** Seconds that a stopped collection has to let the registry take writes again. */
const GRACE_SECONDS = 180;
/** Files of a volume that Node opens at once: each waits for the network, and four at once, which is its default, would take hours. */
const THREADS = 32;

/** @returns the pod that collects. */
export function collectPod(settings: Settings, gc: Collection): PodSpec {
  const args = [...collecting(settings, gc), ...looking(settings, gc)];
  return lookingPod(
    settings,
    explain(mayChange(settings), {
      automountServiceAccountToken: 'Makes the registry read-only, and takes that back: see the Role.',
      terminationGracePeriodSeconds: 'A collection that is stopped lets the registry take writes again before it goes.',
    }),
    explain(lookingContainer(settings, gc, 'collect', args, [...API_SERVER, ...redisPassword(settings)]), {
      args: 'Finds out what is garbage. Where there is some: refuses writes, removes it, empties the cache, and takes writes again. main.mjs describes the arguments.',
    }),
  );
}

/** @returns the pod that reports what a collection would remove. */
export function dryRunPod(settings: Settings, gc: Collection): PodSpec {
  return lookingPod(
    settings,
    { serviceAccountName: settings.name, automountServiceAccountToken: false },
    explain(lookingContainer(settings, gc, 'survey', looking(settings, gc), []), {
      args: 'Only reports what a collection would remove: the registry goes on as ever.',
    }),
  );
}

/** @returns the pod that lets the registry take writes again after a collection that was cut short. */
export function recoverPod(settings: Settings, gc: Collection): PodSpec {
  const account = explain(mayChange(settings), {
    automountServiceAccountToken: 'Makes the registry take writes again: see the Role.',
    terminationGracePeriodSeconds: 'For one that is stopped to end what it has begun.',
  });
  return collectorPod(settings, account, {
    containers: [
      explain(programContainer(gc, 'recover', recovering(settings), [...API_SERVER]), {
        args: 'Does nothing, unless a collection was cut short and left the registry read-only.',
      }),
    ],
  });
}

type Account = Pick<PodSpec, 'serviceAccountName' | 'automountServiceAccountToken' | 'terminationGracePeriodSeconds'>;

/** @returns what lets a pod change the registry's Deployment. */
function mayChange(settings: Settings): Account {
  return {
    serviceAccountName: accountName(settings),
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: GRACE_SECONDS,
  };
}

function collectorPod(
  settings: Settings,
  { terminationGracePeriodSeconds, ...account }: Account,
  containers: Pick<PodSpec, 'initContainers' | 'containers'>,
): PodSpec {
  return {
    ...account,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    ...(terminationGracePeriodSeconds ? { terminationGracePeriodSeconds } : {}),
    securityContext: podSecurity(),
    ...containers,
    volumes: [{ name: 'collector', configMap: { name: programName(settings) } }],
  };
}

/** @returns a pod that reads the storage: with the registry's own program, copied from its image, and its config.yml. */
function lookingPod(settings: Settings, account: Account, container: Container): PodSpec {
  const pod = collectorPod(settings, account, {
    initContainers: [copyRegistry(settings)],
    containers: [container],
  });
  pod.volumes!.push({ name: 'tools', emptyDir: { sizeLimit: '256Mi' } }, configVolume(settings));
  return pod;
}

function programContainer({ image }: Collection, task: string, args: string[], env: EnvVar[]): Container {
  return {
    name: task,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', `${PROGRAM_FOLDER}/main.mjs`],
    args: [task, ...args],
    env,
    resources: {
      requests: { cpu: '50m', memory: '96Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
      limits: { memory: '192Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.limit },
    },
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'collector', mountPath: PROGRAM_FOLDER, readOnly: true }],
  };
}

function lookingContainer(
  settings: Settings,
  gc: Collection,
  task: string,
  args: string[],
  variables: EnvVar[],
): Container {
  const ofBucket = settings.storage.type === 's3';
  const env = [
    ...variables,
    ...(settings.version.major >= 3 ? [NO_TRACES] : []),
    ofBucket
      ? explain(
          { name: 'SSL_CERT_FILE', value: `${TOOLS_FOLDER}/${CERTIFICATES}` },
          { value: "The authorities that the registry's image trusts: both programs reach the bucket." },
        )
      : explain(
          { name: 'UV_THREADPOOL_SIZE', value: String(THREADS) },
          { value: 'Files that are opened at once: each may wait for the network.' },
        ),
  ];
  const container = programContainer(gc, task, args, env);
  return {
    ...container,
    command: ['node', ...(ofBucket ? ['--use-openssl-ca'] : []), `${PROGRAM_FOLDER}/main.mjs`],
    resources: registryResources(settings),
    volumeMounts: [
      ...container.volumeMounts!,
      { name: 'tools', mountPath: TOOLS_FOLDER, readOnly: true },
      { name: 'config', mountPath: configFolder(settings.version.major), readOnly: true },
    ],
  };
}

function redisPassword(settings: Settings): EnvVar[] {
  return redisHosts(settings).length > 0 ? [fromSecret(settings, 'REDIS_PASSWORD', SECRET_KEYS.redisPassword)] : [];
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
