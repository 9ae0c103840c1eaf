/** The Secret that the registry's pods read: made for a new registry, and given what a change has them read. */
import { join } from 'node:path/posix';
import { S3_KEYS, SECRET_KEYS } from '../../../features/index.js';
import { type KubernetesObject, podSpecOf } from '../../../model/index.js';
import { quote } from '../../shared/shell.js';
import { askForBucketKeys, htpasswdCommand, pathHere, type Site } from './commands.js';
import { deliveryFolders, type Goal } from './goal.js';
import type { Step } from './steps.js';

/** @returns how the Secret of a new registry is made. No command replaces one that is there: `kubectl create` refuses that. */
export function makeSecret(site: Site, goal: Goal): Step[] {
  const { settings } = goal;
  const sops = secretsInGit(site, goal);
  if (sops) return [sops];
  return [
    {
      what: `Make ${settings.createNamespace ? `the namespace, and ` : ''}the Secret ${settings.secretName} with the first user. The password is asked for.`,
      commands: [
        ...makeNamespace(site, goal),
        ...askForBucketKeys(goal),
        `${htpasswdCommand(site, goal, 'USER')} | kubectl create -f -`,
      ],
    },
  ];
}

/** @returns the command that makes the namespace of a registry, where it is the tree's */
function makeNamespace(site: Site, { settings }: Goal): string[] {
  if (!settings.createNamespace) return [];
  const { base } = site.config;
  const hasFile = settings.namespace === base.namespace && base.createNamespace;
  return [
    hasFile
      ? `kubectl apply -f ${pathHere(site.place.root, 'base/namespace.yaml')}`
      : `kubectl create namespace ${settings.namespace}`,
  ];
}

/** Where Flux applies a folder of Secrets from git, the Secret belongs in that, and encrypted. */
function secretsInGit(site: Site, goal: Goal): Step | undefined {
  const secrets = site.config.delivery?.flux?.secrets;
  const byFlux = deliveryFolders(site.config, goal.name)?.some((folder) => folder.startsWith('delivery/flux/'));
  if (!secrets || !byFlux) return undefined;
  const { secretName, namespace } = goal.settings;
  const file = quote(join(secrets.path, `${secretName}.yaml`));
  if (secrets.sopsSecret === '')
    return {
      what: `Put a SealedSecret or an ExternalSecret that makes the Secret ${secretName} into ${secrets.path}: docs/how-to/delivery.md shows it. This is the Secret in clear text, for kubeseal:`,
      commands: [...askForBucketKeys(goal), htpasswdCommand(site, goal, 'USER')],
    };
  return {
    what: `Make the Secret ${secretName} with the first user, encrypt it before it is added to git, and push it: \`commit\` leaves it to you. Flux decrypts it by the key in the Secret ${secrets.sopsSecret}.`,
    commands: [
      ...askForBucketKeys(goal),
      `mkdir -p ${quote(secrets.path)}`,
      `${htpasswdCommand(site, goal, 'USER')} > ${file}`,
      `sops encrypt --age AGE_PUBLIC_KEY --encrypted-regex '^(data|stringData)$' --in-place ${file}`,
      `git add ${file}`,
      `git commit --message 'Add the logins' -- ${file}`,
      'git push',
      ...makeNamespace(site, goal),
      `kubectl -n ${namespace} create secret generic ${secrets.sopsSecret} --from-file=age.agekey=FILE`,
    ],
  };
}

/** @returns the Secret with the certificate, where it is made by hand and was not read before */
export function certificateSecret({ settings }: Goal, before: readonly KubernetesObject[]): Step[] {
  const { tls, namespace, host } = settings;
  if (tls.type !== 'secret' || ingressSecrets(before).includes(tls.secretName)) return [];
  return [
    {
      what: `Make the Secret ${tls.secretName} with the certificate of ${host} and its key.`,
      commands: [`kubectl -n ${namespace} create secret tls ${tls.secretName} --cert FILE --key FILE`],
    },
  ];
}

/** @returns the Secrets with which images are pulled, where no pod was given them before: the file has a login, so it is made by hand */
export function pullSecrets({ settings }: Goal, before: readonly KubernetesObject[]): Step[] {
  const known = new Set(before.flatMap((object) => podSpecOf(object)?.imagePullSecrets ?? []).map(({ name }) => name));
  const missing = settings.imagePullSecrets.filter((name) => !known.has(name));
  if (missing.length === 0) return [];
  return [
    {
      what: `Make ${missing.length === 1 ? 'the Secret' : 'the Secrets'} that images are pulled with, of a file such as ~/.docker/config.json with a login.`,
      commands: missing.map(
        (name) =>
          `kubectl -n ${settings.namespace} create secret docker-registry ${name} --from-file=.dockerconfigjson=FILE`,
      ),
    },
  ];
}

function ingressSecrets(objects: readonly KubernetesObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap((ingress) => (ingress as { spec?: { tls?: { secretName?: string }[] } }).spec?.tls ?? [])
    .flatMap(({ secretName }) => secretName ?? []);
}

/**
 * @param before objects of the registry as they were generated before
 * @param after objects as they are now
 * @returns what the change has the pods read and the Secret has not yet, with commands that leave its other keys alone
 */
export function completeSecret(
  site: Site,
  goal: Goal,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): Step[] {
  const { secretName, namespace } = goal.settings;
  const read = keysRead(before);
  const old = read.has(secretName) ? secretName : nameOfSecret(read);
  const known = read.get(old ?? secretName) ?? new Set();
  const missing = [...(keysRead(after).get(secretName) ?? [])].filter((key) => !known.has(key));
  return [
    ...(old !== undefined && old !== secretName ? [copySecret(namespace, old, secretName)] : []),
    ...(missing.length > 0 ? [addKeys(site, goal, missing)] : []),
  ];
}

/** @returns the keys that objects read, by the name of the Secret */
function keysRead(objects: readonly KubernetesObject[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  const add = (secret: string, key: string): void => void keys.set(secret, (keys.get(secret) ?? new Set()).add(key));
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { secretKeyRef, secretName, items } = value as {
      secretKeyRef?: { name?: string; key: string };
      secretName?: unknown;
      items?: { key: string }[];
    };
    if (secretKeyRef?.name !== undefined) add(secretKeyRef.name, secretKeyRef.key);
    if (typeof secretName === 'string' && Array.isArray(items)) for (const { key } of items) add(secretName, key);
    for (const inner of Object.values(value)) collect(inner);
  };
  for (const object of objects) collect(object);
  return keys;
}

function nameOfSecret(read: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  return [...read].find(([, keys]) => keys.has(SECRET_KEYS.httpSecret))?.[0];
}

/** Under another name it is another Secret, in which the users and passwords have to be as well. */
function copySecret(namespace: string, from: string, to: string): Step {
  const template =
    `apiVersion: v1{{"\\n"}}kind: Secret{{"\\n"}}metadata: {name: ${to}}{{"\\n"}}` +
    'data: { {{range $key, $value := .data}}{{$key}}: "{{$value}}", {{end}} }';
  return {
    what: `Copy the Secret ${from}, with its users and passwords, to ${to}, which the pods read from now on.`,
    commands: [
      `kubectl -n ${namespace} get secret ${from} -o go-template='${template}' | kubectl -n ${namespace} create -f -`,
    ],
  };
}

function addKeys(site: Site, goal: Goal, missing: readonly string[]): Step {
  const { secretName, namespace } = goal.settings;
  const secrets = site.config.delivery?.flux?.secrets;
  const bucketKeys = S3_KEYS.map(({ key }): string => key).filter((key) => missing.includes(key));
  const others = missing.filter((key) => !bucketKeys.includes(key));
  const patches = [...(bucketKeys.length > 0 ? [bucketKeys] : []), ...others.map((key) => [key])];
  const commands = patches.map((keys) =>
    htpasswdCommand(
      site,
      goal,
      ...(keys.includes(SECRET_KEYS.htpasswd) ? ['USER'] : []),
      ...keys.flatMap((key) => ['--patch', key]),
    ),
  );
  const ask = bucketKeys.length > 0 ? askForBucketKeys(goal) : [];
  if (secrets && secretsInGit(site, goal))
    return {
      what: `Add to the Secret ${secretName} in ${secrets.path} what the pods read from now on: ${missing.join(', ')}. Its other keys stay. Each of these prints it in clear text:`,
      commands: [...ask, ...commands],
    };
  const kubectl = `kubectl -n ${namespace}`;
  return {
    what: `Add to the Secret ${secretName} what the pods read from now on: ${missing.join(', ')}. Its other keys stay${others.length > 0 ? ', and so does a key that is there already' : ''}.`,
    commands: [
      ...ask,
      ...patches.map((keys, index) => {
        const patch = `${commands[index]!} | ${kubectl} patch secret ${secretName} --patch-file /dev/stdin`;
        // Who may log in, and what Redis is running with, may be there from before.
        return keys === bucketKeys
          ? patch
          : `${kubectl} get secret ${secretName} -o jsonpath='{.data.${keys[0]!}}' | grep -q . || ${patch}`;
      }),
    ],
  };
}
