/** Names that the cluster itself uses. */
import type { Rule } from './rule.js';

export const nameRules: readonly Rule[] = [
  {
    id: 'reserved-name',
    check({ settings: { name }, report }) {
      if (name === 'default')
        report(
          'name',
          'every namespace has a ServiceAccount named default, which this name would replace; choose another name',
        );
    },
  },
  {
    id: 'reserved-namespace',
    check({ settings: { namespace, createNamespace }, report }) {
      if (createNamespace && /^(default|kube-.*)$/.test(namespace))
        report(
          ['createNamespace', 'namespace'],
          `the namespace ${namespace} belongs to the cluster, and other objects are in it; set createNamespace: false, or choose another namespace`,
        );
    },
  },
];
