/** The Redis (or Valkey) of a unit, and how it is set up. */
import { type Fields, namespaceOf } from './manifest.js';
import type { View } from './view.js';
import type { Workload } from './workloads.js';

export function isRedis(container: Fields): boolean {
  return runsRedis(container) && !isSentinel(container);
}

/** @returns whether a container watches Redis, and says which is the primary. */
export function isSentinel(container: Fields): boolean {
  const words = wordsOf(container);
  return (
    words.some((word) => /(^|\/)(redis|valkey)-sentinel$/.test(word)) ||
    (runsRedis(container) && words.includes('--sentinel'))
  );
}

function runsRedis({ command, args, image }: Fields): boolean {
  return (
    [...(command ?? []), ...(args ?? [])].some((word: string) => /(^|[/\s])(redis|valkey)-server(\s|$)/.test(word)) ||
    /(^|\/)(redis|valkey)([:@]|$)/.test(String(image))
  );
}

/** @returns settings of redis.conf, as files that the pod mounts and then arguments give them; the first word of each value. */
export function redisSettings(view: View, workload: Workload, container: Fields): Map<string, string> {
  const settings = new Map<string, string>();
  for (const text of configTexts(view, workload, isSentinel(container)))
    for (const [, name, value] of text.matchAll(/^([a-z][a-z-]+)[ \t]+(\S+)/gm)) settings.set(name!, value!);
  const words = wordsOf(container);
  for (const [index, word] of words.entries())
    if (/^--[a-z][a-z-]+$/.test(word)) settings.set(word.slice(2), words[index + 1] ?? '');
  return settings;
}

/** @returns whether nothing of its settings is hidden: a configuration file that is in no ConfigMap of the unit, or variables of a Secret. */
export function isOpen(view: View, workload: Workload, container: Fields): boolean {
  const namesFile = wordsOf(container).some((word) => word.endsWith('.conf'));
  return (
    (!namesFile || configTexts(view, workload, isSentinel(container)).length > 0) &&
    ((container['envFrom'] ?? []) as unknown[]).length === 0
  );
}

/** @returns whether replicas follow a Redis of a workload, as far as its ConfigMaps and commands say. */
export function isReplicated(view: View, workload: Workload): boolean {
  return (
    workload.containers.some(
      ({ container }) => isSentinel(container) || wordsOf(container).some((word) => REPLICA_OF.test(word)),
    ) || configTexts(view, workload, false).some((text) => REPLICA_OF.test(text))
  );
}

const REPLICA_OF = /(^|\s|--)(replicaof|slaveof)\b/m;

/** @returns the words that a container is started with; a shell's script is words too. */
export function wordsOf({ command, args }: Fields): string[] {
  return [...(command ?? []), ...(args ?? [])].flatMap((word: string) => word.split(/\s+/));
}

/** What Sentinels are told to watch. */
export interface Watched {
  /** The name by which they are asked for the primary. */
  name: string;
  /** Where the primary is at first. */
  host: string;
  port: number;
}

/** @returns what the Sentinels of a workload watch, as far as its ConfigMaps say. */
export function watchedBy(view: View, workload: Workload): Watched[] {
  const texts = configTexts(view, workload, true);
  return texts.flatMap((text) =>
    [...text.matchAll(/^sentinel monitor (\S+) (\S+) (\d+) \d+/gm)].map(([, name, host, port]): Watched => ({
      name: name!,
      host: host!,
      port: Number(port),
    })),
  );
}

/** @returns whether the Sentinels of a workload ask for a password; undefined where nothing says so. */
export function sentinelsAskForPassword(view: View, workload: Workload): boolean | undefined {
  return configTexts(view, workload, true).some((text) => /^[^\w\n]*(echo[^\w\n]+)?requirepass\s+\S/m.test(text))
    ? true
    : undefined;
}

/** @param ofSentinel whether those of a Sentinel are looked for, or those of Redis itself */
function configTexts(view: View, { pod, namespace }: Workload, ofSentinel: boolean): string[] {
  const names = new Set(
    ((pod['volumes'] ?? []) as Fields[]).map(({ configMap }) => configMap?.name as string | undefined),
  );
  const mounted = view
    .of('ConfigMap')
    .filter((configMap) => names.has(configMap.metadata.name) && namespaceOf(configMap) === namespace);
  const texts = mounted.flatMap((configMap) => Object.values((configMap['data'] ?? {}) as Record<string, string>));
  // A script may write some of what a Sentinel reads.
  return texts.filter((text) => isOfSentinel(text) === ofSentinel);
}

/** Mostly not, and at once: programs of the tree are long texts. */
function isOfSentinel(text: string): boolean {
  return text.includes('sentinel ') && /^[^\w\n]*(echo[^\w\n]+)?sentinel [a-z-]+\s/m.test(text);
}
