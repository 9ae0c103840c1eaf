/** What an update of a registry that the cluster may run already needs, and what it does there. */
import {
  type ChangeClass,
  CLASSES,
  type ObjectChange,
  plainName,
  printable,
  summarize,
  type VariantChange,
} from '../../../changes/index.js';
import type { Config } from '../../../config/index.js';
import type { KubernetesObject } from '../../../model/index.js';
import { deliveryFolders, type Goal, htpasswdOptions, pathHere } from './goal.js';
import type { Step } from './install.js';
import { addKey, keysRead } from './secret-keys.js';

/** The objects of the overlay as they were generated before, and as they are now. */
export interface BeforeAndAfter {
  before: readonly KubernetesObject[];
  after: readonly KubernetesObject[];
}

/**
 * @param written paths of the files that change
 * @returns the steps that bring a change to the cluster. None of them replaces what the cluster has in its Secret.
 */
export function updateSteps(
  config: Config,
  goal: Goal,
  { before, after }: BeforeAndAfter,
  root: string,
  configFile: string,
  written: readonly string[],
): Step[] {
  const { name, folder, settings } = goal;
  const { secretName, namespace } = settings;
  const known = keysRead(before, secretName);
  const missing = [...keysRead(after, secretName)].filter((key) => !known.has(key));
  const options = htpasswdOptions(config, goal, configFile);
  const steps: Step[] = [];
  if (missing.length > 0 && known.size === 0)
    steps.push({
      what: `Make the Secret ${secretName}, which the pods read from now on.`,
      commands: [`npm run --silent htpasswd -- ${['USER', ...options].join(' ')} | kubectl apply -f -`],
    });
  else if (missing.length > 0)
    steps.push({
      what: `Add to the Secret ${secretName} what the pods read from now on (${missing.join(', ')}), where it is missing. Its other keys stay.`,
      commands: missing.map((key) => addKey(key, secretName, namespace, 'npm run --silent htpasswd -- USER --line')),
    });
  const synced = deliveryFolders(config, name);
  if (!synced) steps.push({ what: 'Apply the change.', commands: [`kubectl apply -k ${pathHere(root, folder)}`] });
  else {
    // What syncs the tree is applied by hand.
    const changed = synced.filter((delivery) => written.some((path) => path.startsWith(`${delivery}/`)));
    steps.push({
      what: 'Push the change: it is synced from git.',
      commands: ['npm run commit -- --push', ...changed.map((each) => `kubectl apply -k ${pathHere(root, each)}`)],
    });
  }
  return steps;
}

const CONSEQUENCES: Record<ChangeClass, string> = {
  safe: 'Safe: no pod is replaced.',
  'rolls-pods': 'Rolls pods, one after another',
  'opens-access': 'Opens access',
  'needs-recreate': 'Cannot be applied to what is there',
  'deletes-data': 'Deletes data',
};

/** @returns what a change does in the cluster, in lines: a summary, and each class with its objects and remedies, the worst first */
export function consequences(changes: readonly VariantChange[], goal: string): string[] {
  const summary = summarize(changes);
  if (summary === '') return ['Nothing changes in the cluster.'];
  const objects = changes.find(({ variant }) => variant === goal)?.objects ?? [];
  const lines = [...CLASSES]
    .reverse()
    .filter((one) => one !== 'safe')
    .flatMap((one) => linesOf(one, objects));
  return [`${summary}.`, ...(lines.length > 0 ? lines : [CONSEQUENCES.safe])];
}

function linesOf(one: ChangeClass, objects: readonly ObjectChange[]): string[] {
  const concerned = objects.filter((object) => object.class === one);
  if (concerned.length === 0) return [];
  const names = concerned.map(({ object }) => printable(`${object.kind}/${plainName(object)}`));
  const reasons = concerned.flatMap((change) => [change, ...change.fields.filter((field) => field.class === one)]);
  const words = [...new Set(reasons.flatMap(({ why }) => (why === undefined ? [] : [`  ${printable(why)}`])))];
  const remedies = [
    ...new Set(reasons.flatMap(({ remedy }) => (remedy === undefined ? [] : [`  To do: ${printable(remedy)}`]))),
  ];
  return [`${CONSEQUENCES[one]}: ${names.join(', ')}.`, ...words, ...remedies];
}
