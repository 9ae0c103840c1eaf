import type { Settings } from '../config/index.js';
import { type Draft, type Feature, type Model, selectorLabels } from '../model/index.js';
import { auth } from './auth.js';
import { disruption } from './disruption.js';
import { gc } from './gc/index.js';
import { ingress } from './ingress.js';
import { metrics } from './metrics.js';
import { namespace } from './namespace.js';
import { networkPolicy } from './network-policy.js';
import { pullSecrets } from './pull-secrets.js';
import { redisSidecar } from './redis-sidecar.js';
import { redisStatefulSet } from './redis-statefulset.js';
import { s3 } from './s3.js';
import { configMapName } from './shared.js';
import { storage } from './storage.js';
import { tls } from './tls.js';
import { tracing } from './tracing.js';
import { startWorkload } from './workload.js';

export { lockName } from './gc/names.js';
export { REQUEST_SECONDS } from './ingress-controllers.js';
export { collects, S3_KEYS, SECRET_KEYS } from './shared.js';
export { STORAGE_CHECK } from './storage-check.js';

/**
 * By the names of their files or folders, in this order, as some add to what others began: the collector's pod before the storage that
 * it mounts, the network policy before the metrics that it lets in, all pods before
 * the Secrets that their images are pulled with.
 */
const features: Readonly<Record<string, Feature>> = {
  namespace,
  gc,
  storage,
  s3,
  auth,
  tracing,
  'redis-sidecar': redisSidecar,
  'redis-statefulset': redisStatefulSet,
  ingress,
  tls,
  'network-policy': networkPolicy,
  metrics,
  disruption,
  'pull-secrets': pullSecrets,
};

/** @returns the objects that a cluster must end up with for these settings. */
export function buildModel(settings: Settings): Model {
  const draft = startWorkload(settings);
  for (const feature of Object.values(features)) feature(draft);
  return modelOf(draft);
}

/** The model after one feature had its turn. */
export interface Step {
  /** Name of its file or folder in features/. */
  feature: string;
  /** A copy: what later features add is not in it. */
  model: Model;
}

/** @returns how the model of these settings comes about, feature by feature, beginning with the workload that all have. */
export function buildSteps(settings: Settings): Step[] {
  const draft = startWorkload(settings);
  const copy = (feature: string): Step => ({ feature, model: structuredClone(modelOf(draft)) });
  const steps = [copy('workload')];
  for (const [name, feature] of Object.entries(features)) {
    feature(draft);
    steps.push(copy(name));
  }
  return steps;
}

function modelOf({ settings, objects, configMaps, externals, config: parts }: Draft): Model {
  const { version, log, storage: storageSection, http, auth: authSection, health, redis } = parts;
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
    objects,
    configMaps: [
      {
        name: configMapName(settings),
        labels: selectorLabels(settings, 'registry'),
        files: { 'config.yml': { yaml: config } },
      },
      ...configMaps,
    ],
    externals,
  };
}
