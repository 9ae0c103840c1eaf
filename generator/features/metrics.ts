import type { Container } from 'kubernetes-types/core/v1';
import type { NetworkPolicy, NetworkPolicyIngressRule } from 'kubernetes-types/networking/v1';
import type { Settings } from '../config/index.js';
import { containerSecurity, type Draft, explain, type KubernetesObject, metadata, selectorOf } from '../model/index.js';
import { EPHEMERAL_STORAGE, namespaceNamed } from './shared.js';

/** Where the registry serves metrics, and beside them its configuration with all passwords (/debug/vars), profiles and stacks. */
const DEBUG_ADDRESS = '127.0.0.1:5002';
/** Where the sidecar passes the metrics on. */
const PORT = 5001;
/** Name of the sidecar's port. */
const PORT_NAME = 'metrics';
const METRICS_PATH = '/metrics';

const PROGRAM = `import { createServer, get } from 'node:http';

createServer((request, response) => {
  const isMetrics = request.method === 'GET' && request.url.split('?')[0] === '${METRICS_PATH}';
  if (!isMetrics) return response.writeHead(404).end();
  const headers = { accept: request.headers.accept ?? '*/*' };
  get('http://${DEBUG_ADDRESS}${METRICS_PATH}', { headers }, (answer) => {
    response.writeHead(answer.statusCode, { 'content-type': answer.headers['content-type'] });
    answer.pipe(response);
  }).on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
}).listen(${PORT});

process.on('SIGTERM', () => process.exit());
`;

/** The registry's own metrics, on a port of the pods that Prometheus alone reaches. */
export function metrics(draft: Draft): void {
  const { settings, config, pod } = draft;
  const { metrics } = settings;
  if (!metrics.enabled) return;
  config.http = {
    ...config.http,
    debug: explain(
      { addr: DEBUG_ADDRESS, prometheus: { enabled: true, path: METRICS_PATH } },
      {
        addr: 'For the sidecar alone: without a login it shows this configuration with its passwords, under /debug/vars.',
      },
    ),
  };
  pod.initContainers = [sidecar(metrics.image), ...(pod.initContainers ?? [])];
  draft.get<NetworkPolicy>('NetworkPolicy', settings.name).spec!.ingress!.unshift(scraping(metrics.namespace));
  if (metrics.podMonitor) draft.add(podMonitor(settings));
}

function scraping(namespace: string): NetworkPolicyIngressRule {
  return explain(
    { from: [namespaceNamed(namespace)], ports: [{ port: PORT, protocol: 'TCP' }] },
    { from: 'Where Prometheus runs.' },
  );
}

function sidecar(image: string): Container {
  return explain(
    {
      name: 'metrics',
      image,
      imagePullPolicy: 'IfNotPresent',
      restartPolicy: 'Always',
      command: ['node', '--input-type=module', '--eval', PROGRAM],
      ports: [{ name: PORT_NAME, containerPort: PORT, protocol: 'TCP' }],
      readinessProbe: { tcpSocket: { port: PORT_NAME }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      livenessProbe: { tcpSocket: { port: PORT_NAME }, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
      resources: {
        requests: { cpu: '10m', memory: '64Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
        limits: { memory: '128Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.limit },
      },
      securityContext: containerSecurity(),
    },
    { command: "Passes the metrics on, and nothing else that the registry's debug server shows." },
  );
}

/** Not a ServiceMonitor: that would need a Service, through which others could come. */
function podMonitor(settings: Settings): KubernetesObject & { spec: object } {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: metadata(settings, 'PodMonitor', 'registry'),
    spec: {
      selector: selectorOf(settings, 'registry'),
      podMetricsEndpoints: [{ port: PORT_NAME, path: METRICS_PATH }],
    },
  };
}
