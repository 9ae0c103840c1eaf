/** The Redis (or Valkey) of a unit, and how it is set up. */
import { type Fields, namespaceOf, type View, type Workload } from './view.js';

export function isRedis({ command, args, image }: Fields): boolean {
  return [...(command ?? []), ...(args ?? [])].some((word: string) => /(^|[/\s])(redis|valkey)-server(\s|$)/.test(word)) || /(^|\/)(redis|valkey)([:@]|$)/.test(String(image));
}

/** @returns settings of redis.conf, as files that the pod mounts and then arguments give them; the first word of each value. */
export function redisSettings(view: View, workload: Workload, container: Fields): Map<string, string> {
  const settings = new Map<string, string>();
  for (const text of configTexts(view, workload)) for (const [, name, value] of text.matchAll(/^([a-z][a-z-]+)[ \t]+(\S+)/gm)) settings.set(name!, value!);
  const words = wordsOf(container);
  for (const [index, word] of words.entries()) if (/^--[a-z][a-z-]+$/.test(word)) settings.set(word.slice(2), words[index + 1] ?? '');
  return settings;
}

/** @returns whether nothing of its settings is hidden: a configuration file that is in no ConfigMap of the unit, or variables of a Secret. */
export function isOpen(view: View, workload: Workload, container: Fields): boolean {
  const namesFile = wordsOf(container).some((word) => /\.conf$/.test(word));
  return (!namesFile || configTexts(view, workload).length > 0) && ((container['envFrom'] ?? []) as unknown[]).length === 0;
}

/** @returns the words that a container is started with; a shell's script is words too. */
export function wordsOf({ command, args }: Fields): string[] {
  return [...(command ?? []), ...(args ?? [])].flatMap((word: string) => word.split(/\s+/));
}

function configTexts(view: View, { pod, namespace }: Workload): string[] {
  const names = new Set(((pod['volumes'] ?? []) as Fields[]).map(({ configMap }) => configMap?.name as string | undefined));
  const mounted = view.of('ConfigMap').filter((configMap) => names.has(configMap.metadata.name) && namespaceOf(configMap) === namespace);
  return mounted.flatMap((configMap) => Object.values((configMap['data'] ?? {}) as Record<string, string>));
}
