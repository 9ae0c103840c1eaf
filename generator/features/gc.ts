import type { CronJob } from 'kubernetes-types/batch/v1';
import type { PodSpec } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
import {
  type Complete,
  containerSecurity,
  type Draft,
  explain,
  metadata,
  podSecurity,
  selectorLabels,
} from '../model/index.js';
import { configFolder, configVolume, NO_TRACES, registryResources } from './shared.js';

/** A CronJob that runs the registry's own garbage collector on the storage. */
export function gc(draft: Draft): void {
  const { settings } = draft;
  const { gc } = settings;
  if (!gc.enabled) return;
  const { image, version, name } = settings;
  const folder = configFolder(version.major);
  const pod: PodSpec = {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: podSecurity(),
    containers: [
      explain(
        {
          name: 'garbage-collect',
          image,
          imagePullPolicy: 'IfNotPresent',
          args: [
            'garbage-collect',
            ...(gc.dryRun ? ['--dry-run'] : []),
            ...(gc.deleteUntagged ? ['--delete-untagged'] : []),
            `${folder}/config.yml`,
          ],
          ...(version.major >= 3 ? { env: [NO_TRACES] } : {}),
          resources: registryResources(settings),
          securityContext: containerSecurity(),
          volumeMounts: [{ name: 'config', mountPath: folder, readOnly: true }],
        },
        {
          args: gc.dryRun
            ? 'Only reports what it would remove: read the log before setting gc.dryRun to false.'
            : 'Collects beside live traffic: an image pushed meanwhile can be lost. Choose a time when nobody pushes.',
        },
      ),
    ],
    volumes: [configVolume(settings)],
  };
  draft.storagePods.push({ pod, readOnly: gc.dryRun });
  draft.add(cronJob(settings, gc, pod));
}

function cronJob(
  settings: Settings,
  gc: Extract<Settings['gc'], { enabled: true }>,
  pod: PodSpec,
): Complete<CronJob> {
  const labels = selectorLabels(settings, 'garbage-collector');
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata(settings, 'CronJob', 'garbage-collector', 'gc'),
    spec: explain(
      {
        schedule: gc.schedule,
        timeZone: gc.timeZone,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            activeDeadlineSeconds: gc.deadlineSeconds,
            backoffLimit: 2,
            template: { metadata: { labels }, spec: pod },
          },
        },
      },
      { concurrencyPolicy: 'Two collections at once would delete under each other.' },
    ),
  };
}
