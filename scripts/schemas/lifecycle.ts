/**
 * When each apiVersion of a kind was introduced, deprecated and removed, and what replaces it: the lifecycle functions
 * that Kubernetes generates for its types. Older releases still know the kinds that are gone.
 *
 * @see https://github.com/kubernetes/code-generator/tree/master/cmd/prerelease-lifecycle-gen
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from './go-modules.js';

export interface Lifecycle {
  /** Minors of Kubernetes 1. */
  deprecated?: number;
  removed?: number;
  /** apiVersion/Kind */
  replacement?: string;
}

/** Later modules have the last word. */
const HISTORY = [
  'k8s.io/apiextensions-apiserver@v0.21.1',
  'k8s.io/kube-aggregator@v0.21.1',
  ...['v0.21.1', 'v0.24.3', 'v0.26.9', 'v0.29.6'].map((version) => `k8s.io/api@${version}`),
];

/**
 * @param versions of k8s.io/api, oldest first
 * @returns apiVersion/Kind -> its lifecycle, for those that are deprecated or removed by `newest`
 */
export function readLifecycles(versions: string[], newest: number): Record<string, Lifecycle> {
  const all: Record<string, Lifecycle> = {};
  for (const module of [...HISTORY, ...versions.map((version) => `k8s.io/api@${version}`)]) {
    for (const file of lifecycleFiles(moduleFolder(module))) Object.assign(all, readFile(file));
  }
  const relevant = Object.entries(all).filter(
    ([, { deprecated, removed }]) => Math.min(deprecated ?? 999, removed ?? 999) <= newest,
  );
  return Object.fromEntries(relevant.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function lifecycleFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|\/)(zz_generated\.prerelease-)?lifecycle\.go$/.test(path))
    .sort()
    .map((path) => join(folder, path));
}

const FUNCTION = /func \((?:in )?\*(\w+)\) APILifecycle(Deprecated|Removed|Replacement)\(\)[^{]*\{\s*return ([^\n]+)/g;

function readFile(file: string): Record<string, Lifecycle> {
  const [version] = file.split('/').slice(-2);
  const registered = readFileSync(file.replace(/[^/]+$/, 'register.go'), 'utf8');
  // Some groups name themselves in the file one folder up.
  const group =
    /const GroupName = "([^"]*)"/.exec(registered)?.[1] ??
    /const GroupName = "([^"]*)"/.exec(readFileSync(file.replace(/[^/]+\/[^/]+$/, 'register.go'), 'utf8'))![1]!;
  const found: Record<string, Lifecycle> = {};
  for (const [, kind, what, value] of readFileSync(file, 'utf8').matchAll(FUNCTION)) {
    if (/List$|Options$/.test(kind!)) continue;
    const entry = (found[`${group ? `${group}/` : ''}${version}/${kind}`] ??= {});
    if (what === 'Replacement') {
      const [, toGroup, toVersion, toKind] = /Group: "(.*)", Version: "(.*)", Kind: "(.*)"/.exec(value!)!;
      entry.replacement = `${toGroup ? `${toGroup}/` : ''}${toVersion}/${toKind}`;
    } else {
      entry[what === 'Deprecated' ? 'deprecated' : 'removed'] = Number(value!.split(', ')[1]);
    }
  }
  return found;
}
