import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

const DEFAULT_GRACE = 30;

/** A registry pod has longer to stop than its pause and its drain take. */
export const gracefulShutdown: Rule = {
  id: 'graceful-shutdown',
  group: 'safety',
  severity: 'error',
  title: 'A registry drains its requests (http.draintimeout), pauses before (preStop), and is given longer than both.',
  why: 'Without draintimeout SIGTERM cuts off every upload. Without the pause, load balancers send requests to a pod that no longer takes any. With too short a grace period the kubelet kills what is still draining.',
  fix: 'Set http.draintimeout, a preStop sleep of some 15 s, and terminationGracePeriodSeconds above their sum.',
  check(view, report) {
    for (const { workload, container, path, config, settings } of view.servers) {
      if (!config) continue;
      const { object, pod } = workload;
      const drain = seconds(settings['http']?.draintimeout);
      const at = (inner: string[]) => ({ inner });
      if (drain === undefined || drain === 0) {
        report(
          config.configMap,
          ['data', config.key],
          'http.draintimeout is not set: SIGTERM cuts off uploads',
          at(['http']),
        );
        continue;
      }
      const hook = (container as Fields)['lifecycle']?.preStop as Fields | undefined;
      const pause = pauseOf(hook);
      if (!hook) report(object, path, 'there is no preStop pause: requests still arrive while it stops');
      const grace = pod['terminationGracePeriodSeconds'] ?? DEFAULT_GRACE;
      if (grace <= drain + pause)
        report(
          object,
          pod['terminationGracePeriodSeconds'] === undefined
            ? workload.path
            : [...workload.path, 'terminationGracePeriodSeconds'],
          `${grace} s are not more than ${pause} s pause and ${drain} s drain`,
        );
    }
  },
};

function pauseOf(hook: Fields | undefined): number {
  if (typeof hook?.['sleep']?.seconds === 'number') return hook['sleep'].seconds as number;
  const command = ((hook?.['exec']?.command ?? []) as string[]).join(' ');
  return Number(/\bsleep (\d+)/.exec(command)?.[1] ?? 0);
}

/** @returns a Go duration in seconds; undefined where it is none. */
export function seconds(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration / 1e9;
  if (typeof duration !== 'string') return undefined;
  const units: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
  const parts = [...duration.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  return parts.length === 0
    ? undefined
    : parts.reduce((sum, [, value, unit]) => sum + Number(value) * units[unit!]!, 0);
}
