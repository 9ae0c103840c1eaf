import { programs } from '../../generated/collector.js';
import { type Draft, type FileContent, selectorLabels } from '../../model/index.js';
import { NO_SUBSTITUTION } from '../shared.js';
import { lock, role, roleBinding, serviceAccount } from './account.js';
import { RETENTION_FILE } from './arguments.js';
import { cronJob } from './cron-job.js';
import { type Collection, programName } from './names.js';
import { collectPod, dryRunPod, recoverPod } from './pods.js';

/** Seconds that looking for garbage may take, while nothing is refused: hours, in a large bucket. */
const SURVEY_SECONDS = 86_400;
/** Seconds after its time until which a collection may still start. */
const LATE_SECONDS = 3600;

/** The collector's files are the same in every registry. */
const program: Record<string, FileContent> = Object.fromEntries(
  Object.entries(programs).map(([name, script]) => [name, { script }]),
);

/**
 * Garbage collection: one that only reports, or the protocol that refuses writes while it removes, and what undoes one that
 * was cut short.
 */
export function gc(draft: Draft): void {
  const { settings } = draft;
  const { gc } = settings;
  if (!gc.enabled) return;
  draft.configMaps.push({
    name: programName(settings),
    labels: selectorLabels(settings, 'garbage-collector'),
    annotations: NO_SUBSTITUTION,
    files: { ...program, ...retention(gc) },
  });
  const pod = gc.dryRun ? dryRunPod(settings, gc) : collectPod(settings, gc);
  draft.storagePods.push({ pod, readOnly: gc.dryRun });
  if (!gc.dryRun) draft.add(serviceAccount(settings), role(settings), roleBinding(settings), lock(settings));
  draft.add(
    cronJob(settings, 'gc', pod, {
      schedule: gc.schedule,
      timeZone: gc.timeZone,
      startingDeadlineSeconds: LATE_SECONDS,
      deadlineSeconds: SURVEY_SECONDS + (gc.dryRun ? 0 : gc.deadlineSeconds),
    }),
  );
  if (!gc.dryRun)
    draft.add(
      cronJob(settings, 'gc-recover', recoverPod(settings, gc), {
        schedule: '*/10 * * * *',
        startingDeadlineSeconds: 300,
        deadlineSeconds: 300,
      }),
    );
}

function retention({ retention: { rules } }: Collection): Record<string, FileContent> {
  return rules.length > 0 ? { [RETENTION_FILE]: { json: rules } } : {};
}
