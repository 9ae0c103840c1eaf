/** The registry.yaml that the benchmark generates from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const shipped = readFileSync(join(import.meta.dirname, '../../registry.yaml'), 'utf8');

/** @returns a registry.yaml with many overlays like the shipped ones, each with something of its own. */
export function many(count: number): string {
  const overlays = Array.from({ length: count }, (_, index) => {
    const choice = [
      '    redis:\n      type: sidecar\n',
      '    redis:\n      type: statefulset\n      replicas: 1\n',
      '    redis:\n      type: statefulset\n    ingress:\n      class: nginx\n',
      '    redis:\n      type: statefulset\n    ingress:\n      class: gce\n    tls:\n      type: gke-managed\n',
    ][index % 4]!;
    return `  o${index}:\n    namespace: team-${index}\n    host: o${index}.example.com\n${choice}`;
  });
  const ignore = 'checks:\n  ignore:\n    plain-http-login: A benchmark is not served.\n';
  return `host: registry.example.com\n${ignore}overlays:\n${overlays.join('')}`;
}
