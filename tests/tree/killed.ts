/** Runs that are killed. */
import { shipped } from '../support/config.js';

/** Two inputs whose trees differ in most files; each also has files that the other lacks. */
export const inputs = [
  shipped,
  `${shipped.replace('name: registry\nnamespace: registry', 'name: registry\nnamespace: images').replace('replicas: 2', 'replicas: 3')}\n  extra:\n    extends: tls\n    drainSeconds: 5\n`.replace(
    /  # One Redis in each[^]*?\n\n/,
    '',
  ),
];
