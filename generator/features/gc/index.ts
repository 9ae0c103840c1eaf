import { programs } from '../../generated/collector.js';
import { type Draft, type FileContent, selectorLabels } from '../../model/index.js';
import { NO_SUBSTITUTION } from '../shared.js';
import { lock, role, roleBinding, serviceAccount } from './account.js';
import { cronJob } from './cron-job.js';
import { programName } from './names.js';
import { type Collection, collectPod, dryRunPod, recoverPod } from './pods.js';

/** Seconds beyond the deadline of one collection for its pod to start, and for a second try of one that died at once. */
const START_SECONDS = 1800;
/** Seconds after its time until which a collection may still start. */
const LATE_SECONDS = 3600;

/** The collector's files are the same in every registry. */
const files: Record<string, FileContent> = Object.fromEntries(
  Object.entries(programs).map(([name, script]) => [name, { script }]),
);

/**
 * Garbage collection: as a dry run the registry's own collector and nothing else, else the protocol that refuses writes
 * meanwhile, and what undoes one that was cut short.
 */
export function gc(draft: Draft): void {
  const { gc } = draft.settings;
  if (!gc.enabled) return;
  if (gc.dryRun) dryRun(draft, gc);
  else collect(draft, gc);
}

function collect(draft: Draft, gc: Collection): void {
  const { settings } = draft;
  draft.configMaps.push({
    name: programName(settings),
    labels: selectorLabels(settings, 'garbage-collector'),
    annotations: NO_SUBSTITUTION,
    files,
  });
  const pod = collectPod(settings, gc);
  draft.storagePods.push({ pod, readOnly: false });
  draft.add(
    serviceAccount(settings),
    role(settings),
    roleBinding(settings),
    lock(settings),
    cronJob(settings, 'gc', pod, {
      schedule: gc.schedule,
      timeZone: gc.timeZone,
      startingDeadlineSeconds: LATE_SECONDS,
      deadlineSeconds: gc.deadlineSeconds + START_SECONDS,
    }),
    cronJob(settings, 'gc-recover', recoverPod(settings, gc), {
      schedule: '*/10 * * * *',
      startingDeadlineSeconds: 300,
      deadlineSeconds: 300,
    }),
  );
}

function dryRun(draft: Draft, gc: Collection): void {
  const { settings } = draft;
  const pod = dryRunPod(settings, gc);
  draft.storagePods.push({ pod, readOnly: true });
  draft.add(
    cronJob(settings, 'gc', pod, {
      schedule: gc.schedule,
      timeZone: gc.timeZone,
      startingDeadlineSeconds: LATE_SECONDS,
      deadlineSeconds: gc.deadlineSeconds,
    }),
  );
}
