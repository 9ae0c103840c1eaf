/** When a collection runs, for how long, and what becomes of one that fails. */
import type { CronJob, CronJobSpec } from 'kubernetes-types/batch/v1';
import type { PodSpec } from 'kubernetes-types/core/v1';
import type { Settings } from '../../config/index.js';
import { type Complete, explain, metadata, selectorLabels } from '../../model/index.js';

interface Timing {
  schedule: string;
  timeZone?: string;
  startingDeadlineSeconds: number;
  deadlineSeconds: number;
}

export function cronJob(
  settings: Settings,
  suffix: 'gc' | 'gc-recover',
  pod: PodSpec,
  { deadlineSeconds, ...timing }: Timing,
): Complete<CronJob> {
  const component = suffix === 'gc' ? 'garbage-collector' : suffix;
  const labels = selectorLabels(settings, component);
  const spec: CronJobSpec = {
    ...timing,
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: suffix === 'gc' ? 3 : 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      spec: {
        activeDeadlineSeconds: deadlineSeconds,
        backoffLimit: 2,
        ...(suffix === 'gc' ? { podFailurePolicy: retryTheDead() } : {}),
        template: { metadata: { labels }, spec: pod },
      },
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata(settings, 'CronJob', component, suffix),
    spec: explain(
      spec,
      suffix === 'gc'
        ? { concurrencyPolicy: 'Two collections at once would delete under each other.' }
        : {
            schedule:
              settings.storage.type === 'volume'
                ? 'How long a registry stays read-only after the node of a collection is gone: at most this, and two minutes: one until its lock has expired, and one in which another node may not see what it has removed from the volume.'
                : 'How long a registry stays read-only after the node of a collection is gone: at most this, and a minute, until its lock has expired.',
          },
    ),
  };
}

/** A collection that failed would fail again, and refuse writes meanwhile. One whose pod was lost is retried; so is one that found another under way. */
function retryTheDead(): NonNullable<NonNullable<CronJobSpec['jobTemplate']['spec']>['podFailurePolicy']> {
  return explain(
    { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 2, 4] } }] },
    {
      rules:
        "Exit codes: 1 failed, 2 called wrongly, 4 done, but the registry's own collector would have removed what images use. None of them is retried, as somebody has to look at it. One whose pod was lost is retried.",
    },
  );
}
