/** The cache that replicas share. */
import type { Rule } from './rule.js';

export const redisRules: readonly Rule[] = [
  {
    id: 'failover-version',
    check({ settings: { redis, version }, report }) {
      if (redis.type === 'statefulset' && redis.failover === 'sentinel' && version.major === 2)
        report(
          ['redis.failover', 'image', 'version'],
          'registry 2.8 does not support Sentinel; use registry 3.1 or newer, or set redis.failover: none',
        );
    },
  },
  {
    id: 'failover-majority',
    check({ settings: { redis }, report }) {
      if (redis.type === 'statefulset' && redis.failover === 'sentinel' && redis.replicas < 2)
        report(
          ['redis.failover', 'redis.replicas'],
          `Sentinel needs at least three pods for a majority when one fails; got ${1 + redis.replicas}; set redis.replicas: 2 or more, or redis.failover: none`,
        );
    },
  },
];
