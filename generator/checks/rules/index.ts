/** The table of rules. What an API server refuses is in ../schema. */
import { accessMode } from './workloads/access-mode.js';
import { autoscalerReplicas } from './workloads/autoscaler-replicas.js';
import { backendPort } from './network/backend-port.js';
import { certificateSecret } from './network/certificate-secret.js';
import { containerHardening } from './workloads/container-hardening.js';
import { debugExposed } from './network/debug-exposed.js';
import { deleteCache } from './garbage-collection/delete-cache.js';
import { drain } from './workloads/drain.js';
import { gcCache } from './garbage-collection/gc-cache.js';
import { gcFlags } from './garbage-collection/gc-flags.js';
import { gcProtocol } from './garbage-collection/gc-protocol.js';
import { gcWrites } from './garbage-collection/gc-writes.js';
import { gracefulShutdown } from './workloads/graceful-shutdown.js';
import { headlessService } from './network/headless-service.js';
import { hostConsistent } from './network/host-consistent.js';
import { htpasswdHash } from './registry/htpasswd-hash.js';
import { imagePinned } from './registry/image-pinned.js';
import { imageReference } from './registry/image-reference.js';
import { keepImages } from './garbage-collection/keep-images.js';
import { keyExists } from './references/key-exists.js';
import { largeLayers } from './network/large-layers.js';
import { monitorSelector } from './network/monitor-selector.js';
import { namespaceConsistent } from './references/namespace-consistent.js';
import { networkPolicyCovers } from './network/network-policy-covers.js';
import { networkPolicyExcess } from './network/network-policy-excess.js';
import { networkPolicyNeeded } from './network/network-policy-needed.js';
import { placementSelector } from './workloads/placement-selector.js';
import { plainHttpLogin } from './network/plain-http-login.js';
import { podSecurity } from './workloads/pod-security.js';
import { policySelector } from './network/policy-selector.js';
import { probePort } from './network/probe-port.js';
import { probes } from './workloads/probes.js';
import { proxyPush } from './registry/proxy-push.js';
import { rbacLeast } from './references/rbac-least.js';
import { rbacUsed } from './references/rbac-used.js';
import { redisAddress } from './redis/redis-address.js';
import { redisEviction } from './redis/redis-eviction.js';
import { redisPassword } from './redis/redis-password.js';
import { redisTimeouts } from './redis/redis-timeouts.js';
import { referenceExists } from './references/reference-exists.js';
import { registryAuth } from './registry/registry-auth.js';
import { registryConfig } from './registry/registry-config.js';
import { registryEnv } from './registry/registry-env.js';
import { registryProbe } from './registry/registry-probe.js';
import { resources } from './workloads/resources.js';
import { secretData } from './references/secret-data.js';
import { selectorOverlap } from './workloads/selector-overlap.js';
import { servicePods } from './network/service-pods.js';
import { servicePort } from './network/service-port.js';
import { sharedHttpSecret } from './registry/shared-http-secret.js';
import { spread } from './workloads/spread.js';
import { uploadPurging } from './garbage-collection/upload-purging.js';
import { volumeMounted } from './workloads/volume-mounted.js';
import type { Rule } from './rule.js';

export type { Rule } from './rule.js';

/** References first: what is not there cannot be judged safe. */
export const rules: readonly Rule[] = [
  autoscalerReplicas,
  backendPort,
  certificateSecret,
  drain,
  gcProtocol,
  headlessService,
  hostConsistent,
  imageReference,
  keyExists,
  monitorSelector,
  namespaceConsistent,
  networkPolicyNeeded,
  placementSelector,
  policySelector,
  probePort,
  rbacUsed,
  redisAddress,
  redisPassword,
  referenceExists,
  registryConfig,
  selectorOverlap,
  servicePods,
  servicePort,
  volumeMounted,
  accessMode,
  containerHardening,
  debugExposed,
  deleteCache,
  gcCache,
  gcFlags,
  gcWrites,
  gracefulShutdown,
  htpasswdHash,
  imagePinned,
  keepImages,
  largeLayers,
  networkPolicyCovers,
  networkPolicyExcess,
  plainHttpLogin,
  podSecurity,
  probes,
  proxyPush,
  rbacLeast,
  redisEviction,
  redisTimeouts,
  registryAuth,
  registryEnv,
  registryProbe,
  resources,
  secretData,
  sharedHttpSecret,
  spread,
  uploadPurging,
];
