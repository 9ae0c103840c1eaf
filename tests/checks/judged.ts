/** Objects that are judged by the rules. */
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import type { External, KubernetesObject } from '../../generator/model/index.js';

export const validators = new Validators();

/** @returns messages of one rule. */
export async function reported(rule: string, text: string, externals: External[] = []): Promise<string[]> {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  const findings = await check({ objects, target: ALL_MINORS, externals }, validators);
  assert.equal(
    findings.filter(({ rule: id }) => ['unknown-field', 'wrong-type', 'invalid-value', 'missing-field'].includes(id)),
    [],
    'the manifest itself is right',
  );
  return findings.filter(({ rule: id }) => id === rule).map(({ message }) => message);
}

interface Written {
  config?: string;
  env?: string;
  replicas?: number;
  more?: string;
  init?: string;
  kind?: string;
}

export const CONFIG = `
    version: 0.1
    storage:
      filesystem: { rootdirectory: /var/lib/registry }
    http: { addr: ":5000", draintimeout: 30s }`;

export function registry({
  config = CONFIG,
  env = '',
  replicas,
  more = '',
  init = '',
  kind = 'Deployment',
}: Written = {}): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: { name: config, namespace: default }
data:
  config.yml: |${config}
---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: registry, namespace: default }
spec:
${replicas === undefined ? '' : `  replicas: ${replicas}\n`}  selector: { matchLabels: { app: registry } }
  template:
    metadata: { labels: { app: registry } }
    spec:
      terminationGracePeriodSeconds: 60
      volumes: [{ name: config, configMap: { name: config } }]
${init}      containers:
        - name: registry
          image: registry:3.1.2
          ports: [{ name: http, containerPort: 5000 }]
          volumeMounts: [{ name: config, mountPath: /etc/distribution }]
          lifecycle: { preStop: { sleep: { seconds: 10 } } }
          env:
            - { name: OTEL_TRACES_EXPORTER, value: none }
${env}---
apiVersion: v1
kind: Service
metadata: { name: registry, namespace: default }
spec:
  selector: { app: registry }
  ports: [{ name: http, port: 5000, targetPort: http }]
${more}`;
}

export const variable = (name: string, value: string): string =>
  `            - { name: ${name}, value: ${JSON.stringify(value)} }\n`;

export const collector = (more = ''): string => `---
apiVersion: batch/v1
kind: CronJob
metadata: { name: gc, namespace: default }
spec:
  schedule: "0 3 * * 0"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      activeDeadlineSeconds: 3600
      template:
        spec:
          restartPolicy: Never
          volumes: [{ name: config, configMap: { name: config } }]
          containers:
            - name: gc
              image: registry:3.1.2
              args: [garbage-collect, /etc/distribution/config.yml]
              volumeMounts: [{ name: config, mountPath: /etc/distribution }]
${more}`;

export const ingress = (more: string, port = 'name: http'): string => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: registry
  namespace: default
${more}
  rules:
    - host: registry.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: registry, port: { ${port} } } } }] }
`;
