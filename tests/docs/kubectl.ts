/** The form of kubectl's commands in the documentation: verbs, kinds, and whether what they name is there. */
import type { KubernetesObject } from '../../generator/model/index.js';

/** What a page's commands may name. */
export interface Known {
  /** Files of the trees that the page is about. */
  files: string[];
  objects: KubernetesObject[];
  /** KIND/NAME of what other commands of the page make. */
  made: Set<string>;
}

/** Verb -> its subcommands, where it has some. */
const VERBS: Record<string, string[]> = {
  apply: [],
  annotate: [],
  'cluster-info': [],
  config: ['use-context', 'current-context', 'get-contexts'],
  create: ['secret', 'job', 'namespace', 'configmap'],
  delete: [],
  describe: [],
  diff: [],
  drain: [],
  edit: [],
  exec: [],
  get: [],
  label: [],
  logs: [],
  patch: [],
  'port-forward': [],
  replace: [],
  rollout: ['status', 'restart', 'undo', 'history'],
  scale: [],
  set: ['env', 'image'],
  taint: [],
  top: ['pods'],
  uncordon: [],
  wait: [],
};

/** Options with a value, of all that the pages use. */
const WITH_VALUE = new Set(
  '-n --namespace -f -k -l --selector -o --output -c --container -p --patch --patch-file --type --from-file --from-literal --from --since --timeout --for --context --field-selector --as --tail --dry-run --docker-server --docker-username --docker-password'.split(
    ' ',
  ),
);
const FLAGS = new Set(
  '--ignore-not-found -A --all-namespaces -w --watch --previous --server-side --wait --all --force --ignore-daemonsets --delete-emptydir-data'.split(
    ' ',
  ),
);

/** Namespaces of others that a page may talk about. */
const NAMESPACES = new Set(['argocd', 'flux-system', 'kube-system', 'NAMESPACE']);

/** Kinds that the trees do not hold, but that a cluster has. */
const CLUSTER_KINDS = [
  'Pod',
  'Job',
  'Secret',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StorageClass',
  'Event',
  'IngressClass',
  'Application',
  'Kustomization',
  'ReplicaSet',
];
/** Names of what is not in the tree, as of pods and other teams' objects. */
const ELSEWHERE = /^([A-Z_]+|registry-redis-\d|argocd-cm|default)$/;

/** @returns what is wrong with a command; undefined where its form is right and all that it names is there. */
export function problemOfKubectl(args: string[], known: Known): string | undefined {
  const { words, options } = parse(args);
  const [verb = '', ...rest] = words;
  const subcommands = VERBS[verb];
  if (!subcommands) return `kubectl has no verb "${verb}" that these pages use`;
  // What is in a file is created without one, and a page may talk about the verb.
  const hasSubcommand = subcommands.length > 0 && rest.length > 0;
  const subcommand = hasSubcommand ? rest.shift() : undefined;
  if (hasSubcommand && !subcommands.includes(subcommand!)) return `kubectl ${verb} has no ${subcommand}`;
  for (const [option, value] of options) {
    const problem = problemOfOption(option, value, known);
    if (problem) return problem;
  }
  if (verb === 'config' || verb === 'create' || verb === 'top' || verb === 'cluster-info') return undefined;
  if (verb === 'drain' || verb === 'uncordon')
    return problemOfObjects(rest.length > 0 ? ['node', ...rest] : [], verb, known);
  return problemOfObjects(
    verb === 'set' || verb === 'port-forward' || verb === 'exec' ? rest.slice(0, 1) : rest,
    verb,
    known,
  );
}

/** @returns KIND/NAME of what a command makes. */
export function madeBy(args: string[]): string[] {
  const { words } = parse(args);
  const [verb, kind, ...rest] = words;
  if (verb !== 'create') return [];
  const name = kind === 'secret' ? rest[1] : rest[0];
  return [`${kind}/${name}`];
}

/** @returns the verb with its subcommands, as --help takes them, and the options that a command gives it. */
export function optionsGiven(args: string[]): { verb: string[]; options: string[] } {
  const { words, options } = parse(args);
  const [verb = '', first = '', second = ''] = words;
  const hasKind = verb === 'create' && first === 'secret';
  return {
    verb: [verb, ...(VERBS[verb]!.length ? [first] : []), ...(hasKind ? [second] : [])],
    options: options.map(([name]) => name),
  };
}

function parse(args: string[]): { words: string[]; options: [string, string][] } {
  const words: string[] = [];
  const options: [string, string][] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    // What follows is a command for a container.
    if (arg === '--') break;
    const [option = '', value] = arg.startsWith('--') ? [arg.split('=', 1)[0], /=([^]*)/.exec(arg)?.[1]] : [arg];
    if (!arg.startsWith('-') || arg === '-') words.push(arg);
    else options.push([option, value ?? (WITH_VALUE.has(option) ? (args[++index] ?? '') : '')]);
  }
  return { words, options };
}

function problemOfOption(option: string, value: string, { files, objects, made }: Known): string | undefined {
  if (!WITH_VALUE.has(option) && !FLAGS.has(option)) return `option ${option} is not among those that these pages use`;
  if (WITH_VALUE.has(option) && value === '') return `${option} has no value`;
  if (option === '-n') {
    const namespaces = objects.map(({ metadata }) => metadata.namespace);
    return namespaces.includes(value) || NAMESPACES.has(value) ? undefined : `there is no namespace ${value}`;
  }
  if (option === '-f' || option === '-k' || option === '--patch-file') {
    const isThere = files.some((file) => file === value || file.startsWith(`${value}/`));
    return isThere || value === '-' || value === '/dev/stdin' || /^[A-Z]+$|^https:/.test(value)
      ? undefined
      : `there is no file ${value}`;
  }
  if (option === '-l') {
    const missing = value.split(',').find((pair) => {
      const [key, wanted] = pair.split('=', 2);
      return !objects.some(({ metadata }) => metadata.labels?.[key!] === wanted);
    });
    return missing && `no object has the label ${missing}`;
  }
  if (option === '-c') return hasContainer(objects, value) ? undefined : `there is no container ${value}`;
  if (option === '--from') return objectIsThere(value, objects, made) ? undefined : `there is no ${value}`;
  return undefined;
}

function problemOfObjects(words: string[], verb: string, { objects, made }: Known): string | undefined {
  const [first, ...names] = words;
  if (first === undefined) return undefined;
  if (first.includes('/')) {
    return words
      .filter((word) => word.includes('/'))
      .map((word) => (objectIsThere(word, objects, made) ? '' : `there is no ${word}`))
      .find(Boolean);
  }
  // exec and logs take the name of a pod.
  if (verb === 'exec' || verb === 'logs') return ELSEWHERE.test(first) ? undefined : `there is no pod ${first}`;
  const unknown = first.split(',').find((kind) => !kindOf(kind, objects));
  if (unknown) return `there is no kind ${unknown}`;
  return names
    .filter((name) => !name.includes('=') && !name.endsWith('-'))
    .map((name) => (objectIsThere(`${first}/${name}`, objects, made) ? '' : `there is no ${first} ${name}`))
    .find(Boolean);
}

function objectIsThere(named: string, objects: KubernetesObject[], made: Set<string>): boolean {
  const [word = '', name = ''] = named.split('/', 2);
  const kind = kindOf(word, objects);
  if (!kind) return false;
  if (ELSEWHERE.test(name) || made.has(named)) return true;
  if (kind === 'Secret') return secretsReadBy(objects).includes(name);
  return objects.some((object) => object.kind === kind && object.metadata.name === name);
}

function kindOf(word: string, objects: KubernetesObject[]): string | undefined {
  const kinds = new Set([...CLUSTER_KINDS, ...objects.map(({ kind }) => kind)]);
  const lower = word.toLowerCase();
  return [...kinds].find((kind) => {
    const singular = kind.toLowerCase();
    const plural = singular.endsWith('s')
      ? `${singular}es`
      : singular.endsWith('y')
        ? `${singular.slice(0, -1)}ies`
        : `${singular}s`;
    return lower === singular || lower === plural;
  });
}

function secretsReadBy(objects: KubernetesObject[]): string[] {
  return [...JSON.stringify(objects).matchAll(/"secretName":"([^"]+)"|"secretKeyRef":\{"name":"([^"]+)"/g)].map(
    ([, volume, variable]) => (volume ?? variable)!,
  );
}

function hasContainer(objects: KubernetesObject[], name: string): boolean {
  return objects.some(
    ({ kind, ...object }) =>
      /Deployment|StatefulSet|CronJob/.test(kind) && JSON.stringify(object).includes(`"name":"${name}"`),
  );
}
