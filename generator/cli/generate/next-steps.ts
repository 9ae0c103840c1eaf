import { join } from 'node:path';
import type { Config, Settings } from '../../config/index.js';
import { deliveredVariants } from '../../delivery/index.js';
import { S3_KEYS } from '../../features/index.js';
import { fromHere } from '../shared/input.js';

/** A variant that steps lead to. */
interface Goal {
  /** base, or an overlay's name. */
  name: string;
  folder: string;
  settings: Settings;
}

/** The variant that a user most likely wants: one that is synced, with TLS, else with an ingress, else any overlay, else the base. */
function preferred(config: Config): Goal {
  const { base, overlays, delivery } = config;
  const synced = delivery ? deliveredVariants(delivery) : new Set<string>();
  const rank = ({ name, settings }: Goal): number =>
    (settings.ingress.type !== 'none' ? 1 : 0) + (settings.tls.type !== 'none' ? 2 : 0) + (synced.has(name) ? 4 : 0);
  const goals = overlays.map(({ name, settings }): Goal => ({ name, folder: `overlays/${name}`, settings }));
  if (goals.length === 0 || synced.has('base')) goals.push({ name: 'base', folder: 'base', settings: base });
  return goals.sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1))[0]!;
}

/** Whether the Secret has the keys of a bucket. */
function readsBucketKeys({ storage }: Settings): boolean {
  return storage.type === 's3' && storage.s3.credentials === 'secret';
}

/** @returns a folder of delivery/ for each way that overlays are synced, once they are pushed; undefined where this one is applied by hand */
function synced({ delivery }: Config, overlay: string): string[] | undefined {
  if (!delivery || !deliveredVariants(delivery).has(overlay)) return undefined;
  const flux = delivery.flux?.overlays ?? [];
  // Of another overlay, where the one is synced by Argo CD alone: who asks for both has both to apply.
  const [first] = flux.includes(overlay) ? [overlay] : flux;
  return [...(delivery.argoCd ? ['delivery/argo-cd'] : []), ...(first === undefined ? [] : [`delivery/flux/${first}`])];
}

/** @returns the commands that take this very configuration from the tree to a first login, one a line. */
export function nextSteps(config: Config, root: string, configFile: string): string[] {
  const { folder, name, settings } = preferred(config);
  const { base } = config;
  const sameNamespace = settings.namespace === base.namespace;
  const quote = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const path = (part: string): string => quote(fromHere(join(root, part)));
  const options = [
    ...(configFile === 'registry.yaml' ? [] : ['--config', quote(configFile)]),
    ...(sameNamespace && settings.secretName === base.secretName && readsBucketKeys(settings) === readsBucketKeys(base)
      ? []
      : ['--overlay', name]),
  ];
  const steps: string[] = [];
  if (settings.createNamespace) {
    steps.push(
      sameNamespace && base.createNamespace
        ? `kubectl apply -f ${path('base/namespace.yaml')}`
        : `kubectl create namespace ${settings.namespace}`,
    );
  }
  // Typed in, they are in no history of the shell.
  if (synced(config, name)) steps.unshift('npm run commit -- --push');
  if (readsBucketKeys(settings))
    steps.push(...S3_KEYS.map(({ variable }) => `read -rs ${variable}; export ${variable}`));
  steps.push(
    `npm run --silent htpasswd -- ${['USER', ...options].join(' ')} | kubectl apply -f -`,
    ...(synced(config, name) ?? [folder]).map((synced) => `kubectl apply -k ${path(synced)}`),
  );
  if (settings.ingress.type === 'none') {
    steps.push(
      `kubectl -n ${settings.namespace} port-forward service/${settings.name} 5000 &`,
      'docker login localhost:5000',
    );
  } else {
    steps.push(`docker login ${settings.host}`);
  }
  return steps;
}
