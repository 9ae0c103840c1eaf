import type { PodSecurityContext, SecurityContext } from 'kubernetes-types/core/v1';

/** User and group that every container runs as, and group that owns its volumes: above the ids that nodes give to people. */
const USER = 10_001;

/** @returns what the restricted Pod Security standard asks of a pod. */
export function podSecurity(): PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: USER,
    runAsGroup: USER,
    fsGroup: USER,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** @returns what the restricted Pod Security standard asks of a container, and a read-only root file system. */
export function containerSecurity(): SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  };
}
