/** The side of a diff that runs: what a cluster has of an overlay, and what the API server makes of it, asked through kubectl. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isMountedBy, plainIdentity } from '../../changes/index.js';
import type { KubernetesObject } from '../../model/index.js';
import { appliedOver, applierOf, LAST_APPLIED } from './last-applied.js';
import { CliError, EXIT } from '../shared/exit.js';
import type { Side } from './compared-trees.js';

type Fields = Record<string, any>;

/** Milliseconds for one question. */
const TIMEOUT = 60_000;
/** What a tree can hold in a namespace, beside what it holds now: what a sync that prunes would take away. Not Secrets. */
const PRUNED = [
  'deployments.apps',
  'statefulsets.apps',
  'services',
  'configmaps',
  'persistentvolumeclaims',
  'serviceaccounts',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'networkpolicies.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'cronjobs.batch',
  'ingresses.networking.k8s.io',
];
/** What the API server, or who guards it, says of an object that it does not take. */
const REFUSED = /is invalid|is forbidden|denied (the )?request|cannot be changed|is immutable/;
/** What it says of somebody who may not do it to any object. */
const NO_RIGHT = /User "[^"]*" cannot \w+ resource/;

/**
 * @param wanted what is to be applied. Its objects become what the API server makes of them, in a dry run: with its
 *   defaults, and without what others own. What it refuses stays as wanted, over what is there.
 * @param context of the kubeconfig; the current one unless given
 */
export function live(wanted: Side, context: string | undefined): [before: Side, after: Side] {
  const kubectl = new Kubectl(context);
  const looked = new Map<string, Promise<Looked>>();
  const look = (variant: string): Promise<Looked> => {
    const known = looked.get(variant) ?? wanted.objectsOf(variant).then((objects) => lookAt(kubectl, objects));
    looked.set(variant, known);
    return known;
  };
  const { variants } = wanted;
  return [
    {
      name: `the cluster${context ? ` ${context}` : ''}`,
      variants,
      objectsOf: async (variant) => (await look(variant)).before,
    },
    {
      name: wanted.name,
      variants,
      objectsOf: async (variant) => (await look(variant)).after,
      refusals: async (variant) => (await look(variant)).refusals,
    },
  ];
}

/** What a cluster has of an overlay, and what it would have. */
interface Looked {
  before: KubernetesObject[];
  after: KubernetesObject[];
  refusals: Map<string, string>;
}

async function lookAt(kubectl: Kubectl, all: readonly KubernetesObject[]): Promise<Looked> {
  const objects = all.filter(({ kind }) => kind !== 'Secret');
  const found = new Map((await kubectl.get(objects)).map((object) => [identity(object), object]));
  const after: KubernetesObject[] = [];
  const refusals = new Map<string, string>();
  for (const object of objects) {
    const was = found.get(identity(object));
    const would = was && (await kubectl.dryRun(object, was));
    if (typeof would === 'string') refusals.set(plainIdentity(object), would);
    after.push(was ? plain(typeof would === 'object' ? would : appliedOver(was, object)) : object);
  }
  const others = (await kubectl.others(objects)).filter(
    (object) => !found.has(identity(object)) && (object.metadata.ownerReferences ?? []).length === 0,
  );
  return { before: [...found.values(), ...withoutStale(others, [...found.values()])].map(plain), after, refusals };
}

/** `kubectl apply -k` leaves every ConfigMap of another hash where it is: of one that is made anew only the one in use counts. */
function withoutStale(others: readonly KubernetesObject[], found: readonly KubernetesObject[]): KubernetesObject[] {
  const known = new Set(found.map(plainIdentity));
  const inUse = (object: KubernetesObject): boolean => found.some((other) => isMountedBy(other, object));
  const left = new Map<string, KubernetesObject>();
  for (const object of others)
    if (!left.has(plainIdentity(object)) || inUse(object)) left.set(plainIdentity(object), object);
  return [...left].flatMap(([id, object]) => (known.has(id) ? [] : [object]));
}

function identity({ apiVersion, kind, metadata }: KubernetesObject): string {
  return [apiVersion.replace(/\/?[^/]+$/, ''), kind, metadata.namespace ?? '', metadata.name].join('/');
}

/** Without what kubectl keeps there for itself. */
function plain(object: KubernetesObject): KubernetesObject {
  const { annotations, managedFields: _, ...metadata } = object.metadata;
  const { [LAST_APPLIED]: __, ...kept } = annotations ?? {};
  return { ...object, metadata: { ...metadata, ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}) } };
}

class Kubectl {
  readonly #context: string[];

  constructor(context: string | undefined) {
    this.#context = context === undefined ? [] : ['--context', context];
  }

  /** @returns those of some objects that the cluster has. */
  async get(objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
    return itemsOf(
      await this.#ask(['get', '-f', '-', '-o', 'json', '--ignore-not-found', '--show-managed-fields'], objects),
    );
  }

  /** @returns objects of the registry that a sync would prune: what carries its labels, and is not wanted. */
  async others(objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
    const labels = objects.find(({ kind }) => kind === 'Deployment')?.metadata.labels ?? {};
    const selector = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'].flatMap((name) =>
      labels[name] ? [`${name}=${labels[name]}`] : [],
    );
    const namespace = objects.find(({ kind }) => kind === 'Deployment')?.metadata.namespace;
    if (selector.length < 2 || namespace === undefined) return [];
    return itemsOf(
      await this.#ask([
        'get',
        PRUNED.join(','),
        '-n',
        namespace,
        '-l',
        selector.join(','),
        '-o',
        'json',
        '--ignore-not-found',
      ]),
    );
  }

  /** @returns what the API server would make of an object; its words where it refuses. */
  async dryRun(object: KubernetesObject, was: KubernetesObject): Promise<KubernetesObject | string | undefined> {
    const applier = applierOf(was)?.manager;
    const how = applier === undefined ? [] : ['--server-side', '--force-conflicts', '--field-manager', applier];
    try {
      return itemsOf(await this.#ask(['apply', '--dry-run=server', ...how, '-f', '-', '-o', 'json'], [object]))[0];
    } catch (error) {
      // What kubectl wanted to send stands before its last words, and may say anything.
      const words = (error as Error).message.split(/^for: "STDIN": (?:error when \w+ "STDIN": )?/m).at(-1)!;
      if (NO_RIGHT.test(words))
        throw new CliError(
          `--live asks by a dry run, and whoever asks may not: ${words}; let it have the right to patch, or compare with a commit`,
          EXIT.files,
        );
      if (REFUSED.test(words)) return words.replace(/^the cluster cannot be asked: /, '');
      // All else is the cluster's to explain.
      throw error;
    }
  }

  async #ask(args: string[], objects?: readonly KubernetesObject[]): Promise<string> {
    const running = promisify(execFile)('kubectl', [...this.#context, ...args], {
      maxBuffer: 2 ** 28,
      timeout: TIMEOUT,
    });
    running.child.stdin?.on('error', () => {}); // it did not want to hear: told by the exit code
    running.child.stdin?.end(objects ? JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) : '');
    try {
      return (await running).stdout;
    } catch (error) {
      const { code, killed, stderr, message } = error as Error & { code?: string; killed?: boolean; stderr?: string };
      if (code === 'ENOENT')
        throw new CliError('--live asks the cluster through kubectl, which is not on the PATH; install it', EXIT.files);
      throw new CliError(
        `the cluster cannot be asked: ${killed ? `no answer for ${TIMEOUT / 1000} s` : (stderr || message).trim()}`,
        EXIT.files,
      );
    }
  }
}

function itemsOf(text: string): KubernetesObject[] {
  if (text.trim() === '') return [];
  const found = JSON.parse(text) as Fields;
  return found['kind'] === 'List' ? (found['items'] as KubernetesObject[]) : [found as unknown as KubernetesObject];
}
