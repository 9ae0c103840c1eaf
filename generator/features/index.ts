import type { Settings } from '../config/index.js';
import { type Feature, type Model, selectorLabels } from '../model/index.js';
import { auth } from './auth.js';
import { disruption } from './disruption.js';
import { gc } from './gc.js';
import { ingress } from './ingress.js';
import { metrics } from './metrics.js';
import { namespace } from './namespace.js';
import { networkPolicy } from './network-policy.js';
import { redisSidecar } from './redis-sidecar.js';
import { redisStatefulSet } from './redis-statefulset.js';
import { s3 } from './s3.js';
import { configMapName } from './shared.js';
import { storage } from './storage.js';
import { tls } from './tls.js';
import { tracing } from './tracing.js';
import { startWorkload } from './workload.js';

export { S3_KEYS, SECRET_KEYS } from './shared.js';

/** In this order, as some add to what others began: the collector's pod before the storage that it mounts, the network policy before the metrics that it lets in. */
const features: readonly Feature[] = [
  namespace,
  gc,
  storage,
  s3,
  auth,
  tracing,
  redisSidecar,
  redisStatefulSet,
  ingress,
  tls,
  networkPolicy,
  metrics,
  disruption,
];

/** @returns the objects that a cluster must end up with for these settings. */
export function buildModel(settings: Settings): Model {
  const draft = startWorkload(settings);
  for (const feature of features) feature(draft);
  const { version, log, storage: storageSection, http, auth: authSection, health, redis } = draft.config;
  const config = {
    version,
    log,
    storage: storageSection,
    http,
    ...(authSection ? { auth: authSection } : {}),
    ...(health ? { health } : {}),
    ...(redis ? { redis } : {}),
  };
  return {
    name: settings.name,
    namespace: settings.namespace,
    objects: draft.objects,
    configMaps: [
      {
        name: configMapName(settings),
        labels: selectorLabels(settings, 'registry'),
        files: { 'config.yml': { yaml: config } },
      },
      ...draft.configMaps,
    ],
    externals: draft.externals,
  };
}
