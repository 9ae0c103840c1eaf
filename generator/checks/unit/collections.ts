/**
 * Which containers run a collection by the protocol of docs/background/garbage-collection.md, or recover from one, and what they
 * are reported. The program's task `survey` is neither: it only reads.
 */
import type { Path } from '../finding.js';
import type { Fields } from './manifest.js';
import type { View } from './view.js';
import type { Workload } from './workloads.js';

export interface Collection {
  task: 'collect' | 'recover';
  /** Name of the registry's Deployment. */
  deployment: string;
  /** Name of the ConfigMap that says that a collection is under way. */
  lock: string;
  /** HOST:PORT of every Redis that it empties. */
  redis: string[];
}

/** @returns what a container is reported, where it runs the collector's program. */
export function collectionOf({ command, args }: Fields): Collection | undefined {
  const words = [...(command ?? []), ...(args ?? [])].map(String);
  const program = words.findIndex((word) => /(^|\/)main\.mjs$/.test(word));
  const task = words[program + 1];
  if (program < 0 || (task !== 'collect' && task !== 'recover')) return undefined;
  const end = words.indexOf('--');
  const options = words.slice(program + 2, end < 0 ? undefined : end);
  const valuesOf = (option: string): string[] =>
    options.flatMap((word, index) => (word === option ? (options[index + 1] ?? []) : []));
  return {
    task,
    deployment: valuesOf('--deployment')[0] ?? '',
    lock: valuesOf('--lock')[0] ?? '',
    redis: valuesOf('--redis'),
  };
}

/** Whether a container collects nothing. The collector's program collects though it runs the registry's own as a dry run. */
export function isDryRun(container: Fields): boolean {
  if (collectionOf(container)?.task === 'collect') return false;
  const words = [...(container['command'] ?? []), ...(container['args'] ?? [])] as string[];
  return words.includes('--dry-run') || words.includes('-d') || words.includes('--dry-run=true');
}

/** @returns the workloads of a unit that run the collector's program. */
export function collectionsOf(view: View): { workload: Workload; path: Path; collection: Collection }[] {
  return view.workloads.flatMap((workload) =>
    workload.containers.flatMap(({ container, path }) => {
      const collection = collectionOf(container);
      return collection ? [{ workload, path, collection }] : [];
    }),
  );
}
