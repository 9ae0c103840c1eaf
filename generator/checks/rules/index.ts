/** The table of rules. What an API server refuses is in ../schema. */
import { accessMode } from './access-mode.js';
import { autoscalerReplicas } from './autoscaler-replicas.js';
import { backendPort } from './backend-port.js';
import { certificateSecret } from './certificate-secret.js';
import { containerHardening } from './container-hardening.js';
import { debugExposed } from './debug-exposed.js';
import { deleteCache } from './delete-cache.js';
import { drain } from './drain.js';
import { gcCache } from './gc-cache.js';
import { gcFlags } from './gc-flags.js';
import { gcProtocol } from './gc-protocol.js';
import { gcWrites } from './gc-writes.js';
import { gracefulShutdown } from './graceful-shutdown.js';
import { headlessService } from './headless-service.js';
import { hostConsistent } from './host-consistent.js';
import { htpasswdHash } from './htpasswd-hash.js';
import { imagePinned } from './image-pinned.js';
import { imageReference } from './image-reference.js';
import { keepImages } from './keep-images.js';
import { keyExists } from './key-exists.js';
import { largeLayers } from './large-layers.js';
import { monitorSelector } from './monitor-selector.js';
import { namespaceConsistent } from './namespace-consistent.js';
import { networkPolicyCovers } from './network-policy-covers.js';
import { networkPolicyExcess } from './network-policy-excess.js';
import { networkPolicyNeeded } from './network-policy-needed.js';
import { placementSelector } from './placement-selector.js';
import { plainHttpLogin } from './plain-http-login.js';
import { podSecurity } from './pod-security.js';
import { policySelector } from './policy-selector.js';
import { probePort } from './probe-port.js';
import { probes } from './probes.js';
import { proxyPush } from './proxy-push.js';
import { rbacLeast } from './rbac-least.js';
import { rbacUsed } from './rbac-used.js';
import { redisAddress } from './redis-address.js';
import { redisEviction } from './redis-eviction.js';
import { redisPassword } from './redis-password.js';
import { redisTimeouts } from './redis-timeouts.js';
import { referenceExists } from './reference-exists.js';
import { registryAuth } from './registry-auth.js';
import { registryConfig } from './registry-config.js';
import { registryEnv } from './registry-env.js';
import { registryProbe } from './registry-probe.js';
import { resources } from './resources.js';
import { secretData } from './secret-data.js';
import { selectorOverlap } from './selector-overlap.js';
import { servicePods } from './service-pods.js';
import { servicePort } from './service-port.js';
import { sharedHttpSecret } from './shared-http-secret.js';
import { spread } from './spread.js';
import { uploadPurging } from './upload-purging.js';
import { volumeMounted } from './volume-mounted.js';
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
