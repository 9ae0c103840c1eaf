/** The cache that replicas share. */
import type { Rule } from './rule.js';

export const redisRules: readonly Rule[] = [
  {
    id: 'failover-version',
    check({ settings: { redis, version }, report }) {
      if (redis.type === 'statefulset' && redis.failover === 'sentinel' && version.major === 2)
        report(
          ['redis.failover', 'image', 'version'],
          'registry 2.8 cannot ask Sentinels which Redis is the primary; take registry 3.1 or newer, or set redis.failover: none',
        );
    },
  },
  {
    id: 'failover-majority',
    check({ settings: { redis }, report }) {
      if (redis.type === 'statefulset' && redis.failover === 'sentinel' && redis.replicas < 2)
        report(
          ['redis.failover', 'redis.replicas'],
          `three pods at least have a majority of Sentinels left where one is lost, but there would be ${1 + redis.replicas}; set redis.replicas: 2, or redis.failover: none`,
        );
    },
  },
];
