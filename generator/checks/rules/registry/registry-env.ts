import type { Container } from 'kubernetes-types/core/v1';
import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Variables that the registry reads are read by its version, and none is read that was not meant. */
export const registryEnv: Rule = {
  id: 'registry-env',
  group: 'safety',
  severity: 'error',
  title: "REGISTRY_ variables are read by the registry's version, and Kubernetes adds none.",
  why: 'Service links make variables such as REGISTRY_PORT of every Service called registry, and the registry reads each REGISTRY_ variable as a setting. Registry 3.0 ignores REGISTRY_REDIS_ variables (distribution issues 4486, 4512, 4621, 4755). Registry 3 sends traces to localhost:4318 unless told otherwise.',
  fix: 'Set enableServiceLinks: false. Use registry 3.1 or newer with a Redis password. Set OTEL_TRACES_EXPORTER: none where traces are not collected.',
  check(view, report) {
    for (const { workload, container, path, version, major, command } of view.registries) {
      const { object, pod } = workload;
      const services = view.of('Service', '').filter(({ metadata }) => /^registry(-|$)/.test(metadata.name));
      if (pod['enableServiceLinks'] !== false && services.length > 0)
        report(
          object,
          workload.path,
          `the Service ${services[0]!.metadata.name} becomes variables that the registry reads as settings; set enableServiceLinks: false`,
        );
      const redis = (container.env ?? []).findIndex(({ name }) => name.startsWith('REGISTRY_REDIS_'));
      if (redis >= 0 && version?.major === 3 && version.minor === 0)
        report(
          object,
          [...path, 'env', redis, 'name'],
          `registry ${version.major}.${version.minor}.${version.patch} ignores ${container.env![redis]!.name}; take 3.1.2 or newer`,
        );
      const address = (container.env ?? []).findIndex(({ name }) => name === 'REGISTRY_REDIS_ADDR');
      if (address >= 0 && major === 3)
        report(
          object,
          [...path, 'env', address, 'name'],
          'registry 3 reads a list of addresses, not REGISTRY_REDIS_ADDR; write redis.addrs in config.yml',
        );
      if (major === 3 && !readsEnv(container, 'OTEL_TRACES_EXPORTER') && !readsEnv(container, 'OTEL_SDK_DISABLED'))
        report(
          object,
          container.env ? [...path, 'env'] : path,
          `registry 3 sends traces to localhost:4318 ${command === 'serve' ? 'for each request' : 'here too'}; set OTEL_TRACES_EXPORTER: none`,
        );
    }
  },
};

export function readsEnv(container: Container, name: string): boolean {
  return (
    (container.env ?? []).some((variable) => variable.name === name) ||
    ((container as Fields)['envFrom'] ?? []).length > 0
  );
}
