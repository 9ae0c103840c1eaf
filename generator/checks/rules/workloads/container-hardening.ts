import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Below this, users of a container are likely to be somebody on the node. */
const LOW_ID = 10_000;

/** What scanners ask beyond the restricted standard. */
export const containerHardening: Rule = {
  id: 'container-hardening',
  group: 'safety',
  severity: 'error',
  title:
    'Containers have a read-only root file system, a user and group of their own, and no token that they do not need.',
  why: 'A read-only root file system keeps an intruder from leaving a program behind. A user id below 10,000 may be somebody on the node, should the container be escaped. A token is a way to the API server.',
  fix: 'Set readOnlyRootFilesystem: true, runAsUser and runAsGroup of 10000 or more, and automountServiceAccountToken: false.',
  check(view, report) {
    for (const { object, pod, path, namespace, containers } of view.workloads) {
      const shared = (pod['securityContext'] ?? {}) as Fields;
      for (const { container, path: at } of containers) {
        const own = (container.securityContext ?? {}) as Fields;
        if (own['readOnlyRootFilesystem'] !== true)
          report(
            object,
            own['readOnlyRootFilesystem'] === undefined
              ? [...at, 'securityContext']
              : [...at, 'securityContext', 'readOnlyRootFilesystem'],
            'readOnlyRootFilesystem must be true',
            { hint: 'mount an emptyDir where the program has to write' },
          );
        for (const field of ['runAsUser', 'runAsGroup']) {
          const id = (own[field] ?? shared[field]) as number | undefined;
          const place =
            own[field] !== undefined
              ? [...at, 'securityContext', field]
              : shared[field] !== undefined
                ? [...path, 'securityContext', field]
                : [...at, 'securityContext'];
          if (id === undefined) report(object, place, `${field} is not set, so the image decides`);
          else if (id > 0 && id < LOW_ID)
            report(object, place, `${field} ${id} may be somebody on the node; take ${LOW_ID} or more`);
        }
      }
      const account = view.find('ServiceAccount', pod['serviceAccountName'] ?? 'default', namespace);
      const token = (pod['automountServiceAccountToken'] ??
        account?.['automountServiceAccountToken'] ??
        true) as boolean;
      if (token && !account)
        report(
          object,
          path,
          `mounts the token of ${pod['serviceAccountName'] ? 'an account that is not in this unit' : "the namespace's default account"}`,
          { hint: 'set automountServiceAccountToken: false' },
        );
    }
  },
};
