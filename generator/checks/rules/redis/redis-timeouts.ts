import { oneForEach } from '../../registry/containers.js';
import type { Fields } from '../../unit/manifest.js';
import { seconds } from '../workloads/graceful-shutdown.js';
import type { Rule } from '../rule.js';

/** Seconds that one lookup may wait for a Redis that is gone. */
const LONGEST = 2;

/** A Redis that is gone costs little. */
export const redisTimeouts: Rule = {
  id: 'redis-timeouts',
  group: 'safety',
  severity: 'error',
  title: 'The registry waits shortly only for a Redis that does not answer.',
  why: 'The registry starts and serves without Redis, but each lookup then waits for the timeouts: with the default of 5 s a pull of ten layers takes a minute.',
  fix: "Set dialtimeout, readtimeout and writetimeout in config.yml's redis to 500ms or so.",
  check(view, report) {
    for (const { config, settings } of oneForEach(view.servers)) {
      const redis = settings['redis'] as Fields | undefined;
      if (settings['storage']?.cache?.blobdescriptor !== 'redis' || !redis) continue;
      for (const name of ['dialtimeout', 'readtimeout', 'writetimeout']) {
        const time = seconds(redis[name]);
        if (time === undefined)
          report(
            config.configMap,
            ['data', config.key],
            `redis.${name} is not set: a lookup may wait for many seconds`,
            { inner: ['redis'] },
          );
        else if (time > LONGEST)
          report(
            config.configMap,
            ['data', config.key],
            `a lookup waits up to ${redis[name]} for a Redis that is gone`,
            { inner: ['redis', name] },
          );
      }
    }
  },
};
