import { join } from 'node:path';
import { S3_KEYS } from '../features/index.js';
import type { Config, Settings } from '../config/index.js';
import { fromHere } from './input.js';

/** The overlay that a user most likely wants: with TLS, else with an ingress, else any, else the base. */
function preferred({ base, overlays }: Config): { folder: string; name: string; settings: Settings } {
  const rank = ({ settings }: { settings: Settings }): number =>
    (settings.ingress.type !== 'none' ? 1 : 0) + (settings.tls.type !== 'none' ? 2 : 0);
  const [best] = [...overlays].sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1));
  if (!best) return { folder: 'base', name: 'base', settings: base };
  return { folder: `overlays/${best.name}`, name: best.name, settings: best.settings };
}

/** Whether the Secret has the keys of a bucket. */
function readsBucketKeys({ storage }: Settings): boolean {
  return storage.type === 's3' && storage.s3.credentials === 'secret';
}

/** @returns the folders of delivery/ by which an overlay is synced, once it is pushed; undefined where it is applied by hand */
function synced({ delivery }: Config, overlay: string): string[] | undefined {
  const folders = [
    ...(delivery?.argoCd?.applications.some((application) => application.overlay === overlay) ? ['delivery/argo-cd'] : []),
    ...(delivery?.flux?.overlays.includes(overlay) ? [`delivery/flux/${overlay}`] : []),
  ];
  return folders.length > 0 ? folders : undefined;
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
    ...(sameNamespace && settings.secretName === base.secretName && readsBucketKeys(settings) === readsBucketKeys(base) ? [] : ['--overlay', name]),
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
  if (readsBucketKeys(settings)) steps.push(...S3_KEYS.map(({ variable }) => `read -rs ${variable}; export ${variable}`));
  steps.push(
    `npm run --silent htpasswd -- ${['USER', ...options].join(' ')} | kubectl apply -f -`,
    ...(synced(config, name) ?? [folder]).map((synced) => `kubectl apply -k ${path(synced)}`),
  );
  if (settings.ingress.type === 'none') {
    steps.push(`kubectl -n ${settings.namespace} port-forward service/${settings.name} 5000 &`, 'docker login localhost:5000');
  } else {
    steps.push(`docker login ${settings.host}`);
  }
  return steps;
}
