import type { EnvVar, PodSpec, ServiceAccount } from 'kubernetes-types/core/v1';
import type { S3, Settings } from '../config/index.js';
import { type Draft, explain } from '../model/index.js';
import { fromSecret, S3_KEYS } from './shared.js';

/** The images in a bucket: where it is, and the keys, or the role, by which the pods that open it are let in. */
export function s3(draft: Draft): void {
  const { settings, config, pod, storagePods } = draft;
  if (settings.storage.type !== 's3') return;
  const { s3 } = settings.storage;
  config.storage = { s3: driverSection(settings, s3), redirect: redirectSection(s3), ...config.storage };
  const pods = [pod, ...storagePods.map((other) => other.pod)];
  if (s3.credentials === 'secret')
    for (const { containers } of pods) (containers[0]!.env ??= []).unshift(...keys(settings));
  else annotateAccounts(draft, pods, s3.serviceAccountAnnotations);
}

function driverSection(
  { version }: Settings,
  { bucket, region, endpoint, forcePathStyle, rootDirectory, encrypt, credentials }: S3,
): object {
  return explain(
    {
      bucket,
      region,
      ...(endpoint ? { regionendpoint: endpoint } : {}),
      // Registry 2.8 knows no such key: with an endpoint it always does so.
      ...(endpoint && version.major >= 3 ? { forcepathstyle: forcePathStyle } : {}),
      ...(rootDirectory ? { rootdirectory: rootDirectory } : {}),
      ...(encrypt ? { encrypt } : {}),
    },
    {
      bucket:
        credentials === 'secret'
          ? `The keys come from ${S3_KEYS.map(({ variable }) => variable).join(' and ')}.`
          : "Without keys the pod is let in by a role: its ServiceAccount's, or the node's.",
    },
  );
}

function redirectSection({ redirect }: S3): object {
  return explain(
    { disable: !redirect },
    {
      disable: redirect
        ? 'Clients fetch layers from the bucket itself, by URLs that are valid for 20 minutes.'
        : 'The registry passes layers on itself: clients need not reach the bucket.',
    },
  );
}

function keys(settings: Settings): EnvVar[] {
  return S3_KEYS.map(({ variable, key }) => fromSecret(settings, variable, key));
}

/** Webhooks that give a role to a ServiceAccount bring its token in a volume of their own: the pods need no other. */
function annotateAccounts(draft: Draft, pods: PodSpec[], annotations: Record<string, string>): void {
  if (Object.keys(annotations).length === 0) return;
  for (const name of new Set(pods.map(({ serviceAccountName }) => serviceAccountName!))) {
    const { metadata } = draft.get<ServiceAccount>('ServiceAccount', name);
    metadata.annotations = { ...metadata.annotations, ...annotations };
  }
}
