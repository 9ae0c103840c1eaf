import { type Draft, explain } from '../model/index.js';
import { NO_TRACES } from './shared.js';

/** Switches off the traces that registry 3 sends by itself. */
export function tracing({ settings, container }: Draft): void {
  if (settings.version.major < 3) return;
  container.env!.push(explain({ ...NO_TRACES }, { name: 'Registry 3 sends traces to localhost:4318 otherwise.' }));
}
