import { readsEnv } from './registry-env.js';
import type { Rule } from '../rule.js';

/** Replicas sign the state of uploads with one secret. */
export const sharedHttpSecret: Rule = {
  id: 'shared-http-secret',
  group: 'safety',
  severity: 'error',
  title: 'Replicas share one http.secret, taken from a Secret.',
  why: 'It signs the state of an upload. Without one each replica makes up its own, and a push whose requests reach two replicas fails.',
  fix: 'Set REGISTRY_HTTP_SECRET from a Secret.',
  check(view, report) {
    for (const { workload, container, path, config, settings } of view.servers) {
      if (
        (workload.replicas ?? 2) < 2 ||
        !config ||
        settings['http']?.secret ||
        readsEnv(container, 'REGISTRY_HTTP_SECRET')
      )
        continue;
      report(
        workload.object,
        container.env ? [...path, 'env'] : path,
        `each of the ${workload.replicas ?? 'several'} replicas makes up a secret of its own`,
        { hint: 'set REGISTRY_HTTP_SECRET from a Secret' },
      );
    }
  },
};
