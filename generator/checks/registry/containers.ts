/** Which containers of a unit serve a registry or collect its garbage, and what they are told by config.yml and by variables. */
import type { Container } from 'kubernetes-types/core/v1';
import { parse } from 'yaml';
import { parseImage, parseVersion } from '../../config/index.js';
import { wellTyped } from './config-schema.js';
import type { ContainerView } from '../unit/workloads.js';
import type { Fields, Manifest } from '../unit/manifest.js';

/** A registry's configuration in a ConfigMap. */
export interface RegistryConfigFile {
  configMap: Manifest;
  key: string;
  text: string;
  value: Fields;
  /** Whether it says so itself. Others are taken for one only where a registry mounts them. */
  certain: boolean;
}

/** A container that serves a registry, or collects its garbage. */
export interface RegistryView extends ContainerView {
  /** Its configuration, where the unit has it. */
  config: RegistryConfigFile | undefined;
  /** The configuration with what variables set in it, all of it of the right types; empty where neither is known. */
  settings: Fields;
  /** 2 or 3; undefined where nothing tells. */
  major: number | undefined;
  /** Where that is known exactly. */
  version: { major: number; minor: number; patch: number } | undefined;
  /** Variables with a plain value. */
  env: Map<string, string>;
  command: 'serve' | 'garbage-collect';
}

/**
 * @param configFiles of the container's namespace
 * @returns the container as a registry, or undefined where it is none
 */
export function registryOf(view: ContainerView, configFiles: readonly RegistryConfigFile[]): RegistryView | undefined {
  const { container } = view;
  const words = wordsOf(container);
  const image = parseImage(String(container.image ?? ''));
  const command = words.includes('garbage-collect') ? 'garbage-collect' : 'serve';
  const config = configOf(view, words, configFiles);
  if (command === 'serve' && !serves(view, words, image?.repository.split('/').at(-1) ?? '', config?.certain === true))
    return undefined;
  const version = parseVersion(image?.tag ?? '') ?? undefined;
  const folder = words.find((word) => word.endsWith('.yml') || word.endsWith('.yaml')) ?? '';
  const major = version?.major ?? majorOf(image?.tag ?? '', folder);
  const env = new Map(
    (container.env ?? []).flatMap(({ name, value }): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  const unread = (container.env ?? []).flatMap(({ name, value }) => (value === undefined ? [name] : []));
  return {
    ...view,
    config,
    settings: wellTyped(withVariables(config?.value ?? {}, env, unread), major),
    major,
    version,
    env,
    command,
  };
}

function wordsOf({ command, args }: Container): string[] {
  return [...(command ?? []), ...(args ?? [])].map(String);
}

/** By what it runs, as an image can have any name. */
function serves({ container, isInit }: ContainerView, words: string[], image: string, hasConfig: boolean): boolean {
  if (isInit) return false;
  if (words.includes('serve') && (hasConfig || /registry|distribution/.test(words.join(' ')))) return true;
  // A command of its own may be anything: only what others connect to is taken for the registry.
  if (container.command) return (hasConfig || image === 'registry') && (container.ports ?? []).length > 0;
  return hasConfig || image === 'registry';
}

/** The configuration that a container's volumes bring, by the path it is called with where that says it. */
function configOf(
  { container, workload }: ContainerView,
  words: string[],
  configFiles: readonly RegistryConfigFile[],
): RegistryConfigFile | undefined {
  const volumes = new Map((workload.pod.volumes ?? []).map((volume) => [volume.name, volume]));
  const mounted = (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const configMap = volumes.get(name)?.configMap?.name;
    return configFiles
      .filter((file) => file.configMap.metadata.name === configMap)
      .map((file) => ({
        file,
        at: mountPath.endsWith(file.key) ? mountPath : `${mountPath.replace(/\/$/, '')}/${file.key}`,
      }));
  });
  return (mounted.find(({ at }) => words.includes(at)) ?? mounted[0])?.file;
}

function majorOf(tag: string, folder: string): number | undefined {
  const tagged = /^v?([23])(\.|-|$)/.exec(tag);
  if (tagged) return Number(tagged[1]);
  if (folder.startsWith('/etc/distribution/')) return 3;
  return folder.startsWith('/etc/docker/registry/') ? 2 : undefined;
}

/**
 * Sets what REGISTRY_ variables set: each word of the name is a level, its value is YAML, and an alternative (auth,
 * storage) may be given by its name alone.
 *
 * @param unread variables whose values are not known
 * @see https://distribution.github.io/distribution/about/configuration/#override-specific-configuration-options
 */
function withVariables(config: Fields, env: ReadonlyMap<string, string>, unread: string[]): Fields {
  // Of what a Secret holds it is known that it is set, but not to what.
  const all: [string, string | undefined][] = [...env, ...unread.map((name): [string, undefined] => [name, undefined])];
  const set = all.filter(([name]) => name.startsWith('REGISTRY_')).sort(([a], [b]) => (a < b ? -1 : 1));
  if (set.length === 0) return config;
  const settings = structuredClone(config);
  for (const [name, text] of set) {
    const path = name.toLowerCase().split('_').slice(1);
    const value = text === undefined ? undefined : valueOf(text);
    put(
      settings,
      path,
      path.length === 1 && typeof value === 'string' && ['auth', 'storage'].includes(path[0]!)
        ? { [value]: {} }
        : value,
    );
  }
  return settings;
}

function put(settings: Fields, path: string[], value: unknown): void {
  let at = settings;
  for (const key of path.slice(0, -1)) {
    if (typeof at[key] !== 'object' || at[key] === null) at[key] = {};
    at = at[key] as Fields;
  }
  at[path.at(-1)!] = value;
}

/** The registry reads YAML 1.1, where yes is true. */
function valueOf(text: string): unknown {
  try {
    return parse(text, { version: '1.1' }) as unknown;
  } catch {
    return text;
  }
}

/** @returns one of the containers that read the same configuration, and have one. */
export function oneForEach(registries: readonly RegistryView[]): (RegistryView & { config: RegistryConfigFile })[] {
  const found = new Map<RegistryConfigFile, RegistryView & { config: RegistryConfigFile }>();
  for (const registry of registries)
    if (registry.config && !found.has(registry.config))
      found.set(registry.config, registry as RegistryView & { config: RegistryConfigFile });
  return [...found.values()];
}

const parsed = new Map<string, Fields | undefined>();
/** Texts that are remembered: of a thousand overlays most share their config.yml. */
const REMEMBERED = 200;

/** Remembers what a text is as a value, where that is known without reading it. */
export function rememberConfig(text: string, value: object): void {
  if (parsed.size >= REMEMBERED) parsed.clear();
  parsed.set(text, value);
}

/** @returns the text as a registry's configuration, or undefined where it is none. */
export function parseRegistryConfig(text: string): { value: Fields; certain: boolean } | undefined {
  const has = (keys: string): boolean => new RegExp(`^["']?(?:${keys})["']?:`, 'm').test(text);
  if (!(has('storage') && has('version|http')) && !(has('version') && has('http'))) return undefined;
  if (!parsed.has(text)) {
    const value = valueOf(text);
    const isConfig = typeof value === 'object' && value !== null && ('storage' in value || 'http' in value);
    rememberConfig(text, isConfig ? value : (undefined as unknown as object));
  }
  const value = parsed.get(text);
  return value && { value, certain: /^version:\s*["']?0\.1["']?\s*(#|$)/m.test(text) };
}
