import { type Draft, explain } from '../model/index.js';

/** Registry 3 sends traces to localhost:4318 unless told otherwise; nothing listens there. */
export function tracing({ settings, container }: Draft): void {
  if (settings.version.major < 3) return;
  container.env!.push(
    explain({ name: 'OTEL_TRACES_EXPORTER', value: 'none' }, { name: 'Registry 3 sends traces to localhost:4318 otherwise.' }),
  );
}
