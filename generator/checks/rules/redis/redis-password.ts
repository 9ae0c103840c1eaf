import { isOpen, isRedis, redisSettings, sentinelsAskForPassword, watchedBy } from '../../unit/redis.js';
import type { RegistryView } from '../../registry/containers.js';
import type { ContainerView } from '../../unit/workloads.js';
import type { Fields } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import { addressesOf } from './redis-address.js';
import type { Rule } from '../rule.js';

/** Variables by which images of Redis are given its password. */
const PASSWORD = /^(REDIS|VALKEY)_(MASTER_)?PASSWORD(_FILE)?$/;

/** The registry sends Redis a password exactly where Redis asks for one. */
export const redisPassword: Rule = {
  id: 'redis-password',
  group: 'reference',
  severity: 'error',
  title: 'The registry logs in to its Redis exactly where Redis asks for a password.',
  why: 'Redis refuses every command of who does not log in, and a login where it has no password. The registry serves all the same, without its cache, and says nothing of it.',
  fix: 'Set the same password in both, from one Secret: REGISTRY_REDIS_PASSWORD (and for Sentinels REGISTRY_REDIS_SENTINELPASSWORD) for the registry, requirepass for Redis and the Sentinels. Or neither.',
  check(view, report) {
    for (const server of view.servers) {
      const sends = sendsPassword(server);
      if (sends === undefined || server.settings['storage']?.cache?.blobdescriptor !== 'redis') continue;
      const wrong = redisOf(view, server).filter((redis) => asksForPassword(view, redis) === !sends);
      const { workload, container, path, settings } = server;
      const variable = (container.env ?? []).findIndex(({ name }) => name === 'REGISTRY_REDIS_PASSWORD');
      const at = variable >= 0 ? [...path, 'env', variable] : path;
      for (const { workload: other } of wrong) {
        const name = `${other.object.kind}/${other.object.metadata.name}`;
        report(
          workload.object,
          at,
          sends
            ? `the Redis of ${name} has no password, and refuses the one that it is sent`
            : `the Redis of ${name} asks for a password, and none is sent`,
        );
      }
      const { mastername } = (settings['redis'] ?? {}) as Fields;
      // From a Secret it is there without a value.
      if (mastername === undefined || 'sentinelpassword' in settings['redis']) continue;
      for (const other of view.workloads) {
        if (
          other.namespace !== workload.namespace ||
          !watchedBy(view, other).some(({ name }) => name === mastername) ||
          !sentinelsAskForPassword(view, other)
        )
          continue;
        report(
          workload.object,
          path,
          `the Sentinels of ${other.object.kind}/${other.object.metadata.name} ask for a password, and none is sent; set REGISTRY_REDIS_SENTINELPASSWORD`,
        );
      }
    }
  },
};

/** @returns whether a registry logs in; undefined where a variable that is not seen here may say so. */
function sendsPassword({ settings, container }: RegistryView): boolean | undefined {
  if (typeof settings['redis'] === 'object' && settings['redis'] !== null && 'password' in settings['redis'])
    return settings['redis'].password !== '';
  return (container.envFrom ?? []).length > 0 ? undefined : false;
}

/** @returns the containers of Redis that a registry is on: those of its pod, or those of others in its namespace. */
function redisOf(view: View, { workload, settings }: RegistryView): ContainerView[] {
  const inPod = addressesOf(settings['redis']).some(({ address }) => /^(localhost|127\.|\[?::1)/.test(address));
  return view.workloads
    .filter((other) => (inPod ? other === workload : other !== workload && other.namespace === workload.namespace))
    .flatMap(({ containers }) => containers.filter(({ container, isInit }) => !isInit && isRedis(container as Fields)));
}

/** @returns whether Redis asks for a password; undefined where its settings are not all to be seen. */
function asksForPassword(view: View, { workload, container }: ContainerView): boolean | undefined {
  const settings = redisSettings(view, workload, container);
  const password = settings.get('requirepass');
  if (password !== undefined) return !['""', "''", ''].includes(password);
  if (settings.has('aclfile') || settings.has('user') || !isOpen(view, workload, container)) return undefined;
  return (container.env ?? []).some(({ name }) => PASSWORD.test(name)) ? undefined : false;
}
