/** The whole way from a new tree to the first push. */
import type { Config, Settings } from '../../../config/index.js';
import { S3_KEYS } from '../../../features/index.js';
import { deliveryFolders, type Goal, htpasswdOptions, pathHere, quote, readsBucketKeys } from './goal.js';

/** What is to be done, in a sentence, and the commands that do it. */
export interface Step {
  what: string;
  commands: string[];
}

/** Port of this machine at which a registry without an Ingress is tried. */
const LOCAL_PORT = 5000;

/**
 * @param root of the tree
 * @param configFile registry.yaml, as it is typed here
 * @returns the steps for a registry that the cluster does not have
 */
export function installSteps(config: Config, goal: Goal, root: string, configFile: string): Step[] {
  const { settings } = goal;
  return [
    secretStep(config, goal, root, configFile),
    applyStep(config, goal, root),
    ...(settings.ingress.type === 'none' ? [] : [addressStep(settings)]),
    readyStep(settings),
    ...pushSteps(settings, configFile, goal, config),
  ];
}

function secretStep(config: Config, goal: Goal, root: string, configFile: string): Step {
  const { settings } = goal;
  const { base } = config;
  const isBases = settings.namespace === base.namespace && base.createNamespace;
  const namespace = isBases
    ? `kubectl apply -f ${pathHere(root, 'base/namespace.yaml')}`
    : `kubectl create namespace ${settings.namespace}`;
  return {
    what: `${settings.createNamespace ? 'Make the namespace, and the Secret' : 'Make the Secret'} with the first user. The password is asked for.`,
    commands: [
      ...(settings.createNamespace ? [namespace] : []),
      // Typed in, they are in no history of the shell.
      ...(readsBucketKeys(settings) ? S3_KEYS.map(({ variable }) => `read -rs ${variable}; export ${variable}`) : []),
      `npm run --silent htpasswd -- ${['USER', ...htpasswdOptions(config, goal, configFile)].join(' ')} | kubectl apply -f -`,
    ],
  };
}

function applyStep(config: Config, { name, folder }: Goal, root: string): Step {
  const synced = deliveryFolders(config, name);
  if (!synced) return { what: 'Apply the registry.', commands: [`kubectl apply -k ${pathHere(root, folder)}`] };
  return {
    what: 'Push the tree, and have it synced.',
    commands: ['npm run commit -- --push', ...synced.map((each) => `kubectl apply -k ${pathHere(root, each)}`)],
  };
}

/** Where clients find the Ingress. */
function addressStep({ name, namespace, host, ingress }: Settings): Step {
  const controller = ingress.type === 'ingress' ? ingress.controller : 'other';
  const address = `kubectl -n ${namespace} get ingress ${name} -o jsonpath='{.status.loadBalancer.ingress[0]}'`;
  const isGoogle = controller === 'gce';
  return {
    what:
      `Have the DNS name ${host} lead to the address of the Ingress, which it gets after some minutes.` +
      (isGoogle
        ? ' Google changes the address when the Ingress is made again, unless a static one is named in ingress.annotations (kubernetes.io/ingress.global-static-ip-name).'
        : ''),
    commands: [address],
  };
}

function readyStep({ name, namespace, tls, redis }: Settings): Step {
  const get = (what: string): string => `kubectl -n ${namespace} get ${what}`;
  const certificate = {
    none: [],
    secret: [],
    'gke-managed': [get(`managedcertificate ${name}`)],
    'cert-manager': [get('certificate')],
  }[tls.type];
  const shared =
    redis.type === 'statefulset' ? [`kubectl -n ${namespace} rollout status statefulset/${name}-redis`] : [];
  return {
    what:
      certificate.length > 0
        ? 'Wait until it is up. The certificate comes after the DNS name: with Google that takes up to an hour.'
        : 'Wait until it is up.',
    commands: [`kubectl -n ${namespace} rollout status deployment/${name}`, ...shared, ...certificate],
  };
}

function pushSteps(settings: Settings, configFile: string, goal: Goal, config: Config): Step[] {
  const { name, namespace, ingress, tls, auth } = settings;
  const isLocal = ingress.type === 'none';
  const host = isLocal ? `localhost:${LOCAL_PORT}` : settings.host;
  const isPlain = !isLocal && tls.type === 'none';
  const options = [
    ...(configFile === 'registry.yaml' ? [] : ['--config', quote(configFile)]),
    ...(config.overlays.length > 0 ? ['--overlay', goal.name] : []),
  ];
  return [
    ...(isPlain
      ? [
          {
            what: 'Let clients use plain HTTP with this host: each has a setting for it.',
            commands: [`npm run --silent clients -- ${options.join(' ')}`.replace(/ --? ?$/, '')],
          },
        ]
      : []),
    {
      what: 'Log in, and push an image.',
      commands: [
        ...(isLocal ? [`kubectl -n ${namespace} port-forward service/${name} ${LOCAL_PORT} &`] : []),
        ...(auth.type === 'none' ? [] : [`docker login ${host}`]),
        `docker tag IMAGE ${host}/IMAGE`,
        `docker push ${host}/IMAGE`,
      ],
    },
  ];
}
