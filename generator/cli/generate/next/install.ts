/** The whole way from a new tree to the first push. */
import type { Settings } from '../../../config/index.js';
import { findAddress, reserveAddress } from './address.js';
import { applyCommand, clientsCommand, type Site } from './commands.js';
import { prepareController } from './controller.js';
import { deliveryFolders, type Goal } from './goal.js';
import { certificateSecret, makeSecret, pullSecrets } from './secret.js';
import type { Step } from './steps.js';
import { ifVolumeIsRefused, prepareVolume } from './volume.js';

/** Port of this machine at which a registry without an Ingress is tried. */
const LOCAL_PORT = 5000;

/** @returns the steps for a registry that the cluster does not have */
export function installSteps(site: Site, goal: Goal): Step[] {
  const { settings } = goal;
  return [
    ...makeSecret(site, goal),
    ...certificateSecret(goal, []),
    ...pullSecrets(goal, []),
    ...reserveAddress(settings),
    ...prepareController(settings),
    ...prepareVolume(settings),
    applyStep(site, goal),
    ...findAddress(settings),
    readyStep(settings),
    ...clientSteps(site, goal),
    firstPush(settings),
  ];
}

function applyStep(site: Site, { name, folder }: Goal): Step {
  const synced = deliveryFolders(site.config, name);
  if (!synced) return { what: 'Apply the registry.', commands: [applyCommand(site, folder)] };
  return {
    what: site.push === undefined ? 'Have the tree synced.' : 'Push the tree, and have it synced.',
    commands: [...(site.push === undefined ? [] : [site.push]), ...synced.map((each) => applyCommand(site, each))],
  };
}

function readyStep(settings: Settings): Step {
  const { name, namespace, tls, redis, ingress } = settings;
  const get = (what: string): string => `kubectl -n ${namespace} get ${what}`;
  const certificate = {
    none: [],
    secret: [],
    'gke-managed': [get(`managedcertificate ${name}`)],
    // cert-manager calls it as the Secret that it is kept in: https://cert-manager.io/docs/usage/ingress/
    'cert-manager': tls.type === 'cert-manager' ? [get(`certificate ${tls.secretName}`)] : [],
  }[tls.type];
  const shared =
    redis.type === 'statefulset' ? [`kubectl -n ${namespace} rollout status statefulset/${name}-redis`] : [];
  const what =
    tls.type === 'gke-managed'
      ? 'Wait until it is up. The certificate is Active within an hour after the DNS name leads to the load balancer.'
      : certificate.length > 0
        ? 'Wait until it is up, and the certificate is Ready.'
        : 'Wait until it is up.';
  return {
    what: [what, ...ifVolumeIsRefused(settings)].join(' '),
    commands: [
      ...shared,
      `kubectl -n ${namespace} rollout status deployment/${name}`,
      ...(ingress.type === 'none' ? [] : [get(`ingress ${name}`)]),
      ...certificate,
    ],
  };
}

/** What clients have to know where the host has plain HTTP, or may have a certificate of the user's own authority. */
export function clientSteps(site: Site, goal: Goal): Step[] {
  const { ingress, tls } = goal.settings;
  if (ingress.type === 'none' || tls.type === 'gke-managed') return [];
  return tls.type === 'none'
    ? [
        {
          what: 'Let clients use plain HTTP with this host: each has a setting for it.',
          commands: [clientsCommand(site, goal)],
        },
      ]
    : [
        {
          what: "If the certificate is of your own authority, give clients the authority's certificate. Otherwise they need nothing.",
          commands: [clientsCommand(site, goal, '--ca', 'FILE')],
        },
      ];
}

function firstPush({ name, namespace, ingress, host: publicHost, auth }: Settings): Step {
  const isLocal = ingress.type === 'none';
  const host = isLocal ? `localhost:${LOCAL_PORT}` : publicHost;
  return {
    what: `${auth.type === 'none' ? 'Push' : 'Log in, and push'} an image.`,
    commands: [
      ...(isLocal ? [`kubectl -n ${namespace} port-forward service/${name} ${LOCAL_PORT} &`] : []),
      ...(auth.type === 'none' ? [] : [`docker login ${host}`]),
      `docker tag IMAGE ${host}/IMAGE`,
      `docker push ${host}/IMAGE`,
    ],
  };
}
