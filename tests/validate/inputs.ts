/** Manifests for `validate`, and how it is run on them. */
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';

export const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
`;

export const MISSPELT = SERVICE.replace('port: 80', 'prot: TCP\n      port: 80');

export const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: web
      image: example.com/web:1.2.3
      ports:
        - containerPort: 80
      readinessProbe:
        httpGet:
          path: /
          port: 80
      livenessProbe:
        tcpSocket:
          port: 80
      resources:
        requests:
          cpu: 10m
          memory: 10Mi
          ephemeral-storage: 10Mi
        limits:
          memory: 10Mi
          ephemeral-storage: 10Mi
      securityContext:
        readOnlyRootFilesystem: true
        allowPrivilegeEscalation: false
        capabilities:
          drop:
            - ALL
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector: {}
      ports:
        - port: 80
`;

export const withFiles = (files: Record<string, string>, check: (folder: string) => void) => () =>
  withFolder((folder) => {
    writeFiles(folder, Object.entries(files));
    check(folder);
  });

export const find = (folder: string, ...args: string[]) =>
  JSON.parse(run(folder, ['validate', '--format', 'json', ...args]).out) as {
    findings: {
      rule: string;
      place: { file: string; line: number; column: number } | null;
      message: string;
      path: string;
      severity: string;
      hint?: string;
      fix: string;
      cause?: unknown;
    }[];
    summary: Record<string, number>;
  };
