import type { NetworkPolicy, NetworkPolicyIngressRule } from 'kubernetes-types/networking/v1';
import type { Settings } from '../config/index.js';
import { type Draft, explain, type KubernetesObject, metadata, selectorOf } from '../model/index.js';
import { namespaceNamed } from './shared.js';

const DEBUG_PORT = 5001;
/** Name of the container's port. */
const PORT_NAME = 'metrics';
const METRICS_PATH = '/metrics';

/** The registry's own metrics, on a port of the pods that Prometheus alone reaches. */
export function metrics(draft: Draft): void {
  const { settings, config, container } = draft;
  const { metrics } = settings;
  if (!metrics.enabled) return;
  config.http = {
    ...config.http,
    debug: explain(
      { addr: `:${DEBUG_PORT}`, prometheus: { enabled: true, path: METRICS_PATH } },
      { addr: 'Serves pprof and health too, without a login: the network policy lets in Prometheus alone, and no Service leads here.' },
    ),
  };
  container.ports!.unshift({ name: PORT_NAME, containerPort: DEBUG_PORT, protocol: 'TCP' });
  draft.get<NetworkPolicy>('NetworkPolicy', settings.name).spec!.ingress!.unshift(scraping(metrics.namespace));
  if (metrics.podMonitor) draft.add(podMonitor(settings));
}

function scraping(namespace: string): NetworkPolicyIngressRule {
  return explain(
    { from: [namespaceNamed(namespace)], ports: [{ port: DEBUG_PORT, protocol: 'TCP' }] },
    { from: 'Where Prometheus runs. Whoever else got in could read memory and stacks of the registry.' },
  );
}

/** Not a ServiceMonitor: that would need a Service, through which others could come. */
function podMonitor(settings: Settings): KubernetesObject & { spec: object } {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: metadata(settings, 'PodMonitor', 'registry'),
    spec: { selector: selectorOf(settings, 'registry'), podMetricsEndpoints: [{ port: PORT_NAME, path: METRICS_PATH }] },
  };
}
