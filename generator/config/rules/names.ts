/** Names that are the cluster's own. */
import type { Rule } from './rule.js';

export const nameRules: readonly Rule[] = [
  {
    id: 'reserved-name',
    check({ settings: { name }, report }) {
      if (name === 'default')
        report(
          'name',
          'every namespace has a ServiceAccount called default, which this would replace; take another name',
        );
    },
  },
  {
    id: 'reserved-namespace',
    check({ settings: { namespace, createNamespace }, report }) {
      if (createNamespace && /^(default|kube-.*)$/.test(namespace))
        report(
          ['createNamespace', 'namespace'],
          `the namespace ${namespace} is the cluster's own, and others live in it; set createNamespace: false, or take another`,
        );
    },
  },
];
