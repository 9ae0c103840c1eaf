/** Which fields a promotion copies from one environment to the next. */
import { type FieldOfSchema, fieldsOf, suggest } from '../config/index.js';

/** Fields that a promotion leaves alone, each with the reason. What is not here, nor below one that is, is copied. */
export const KEPT: { field: string; why: string; never?: true }[] = [
  { field: 'name', why: 'it names the objects of the environment', never: true },
  { field: 'namespace', why: 'the environment is there', never: true },
  { field: 'createNamespace', why: 'it goes with the namespace', never: true },
  { field: 'host', why: 'clients reach the environment by it', never: true },
  { field: 'secretName', why: 'each environment has passwords of its own', never: true },
  { field: 'storage.static', why: 'two registries on one volume lose images', never: true },
  { field: 'storage.s3.bucket', why: 'two registries on one bucket lose images', never: true },
  { field: 'storage.s3.rootDirectory', why: 'two registries on one bucket lose images', never: true },
  { field: 'tls.secretName', why: 'the certificate is for the host', never: true },
  { field: 'storage', why: 'where and how images are stored depends on the cluster' },
  { field: 'tls', why: 'who signs the certificate depends on the cluster' },
  { field: 'ingress', why: 'access depends on the cluster' },
  { field: 'imagePullSecrets', why: 'the Secrets are of the cluster' },
  { field: 'replicas', why: 'each environment has its own load' },
  { field: 'resources', why: 'each environment has its own load' },
  { field: 'redis.replicas', why: 'each environment has its own load' },
  { field: 'redis.memory', why: 'each environment has its own load' },
  { field: 'gc.schedule', why: 'when few images are pushed depends on the environment' },
  { field: 'gc.timeZone', why: 'when few images are pushed depends on the environment' },
  { field: 'metrics.namespace', why: 'where Prometheus runs depends on the cluster' },
  { field: 'kubernetesVersion', why: 'the Kubernetes version depends on the cluster' },
  { field: 'checks', why: 'an exception is made for an environment, with the reason' },
];

const isBelow = (path: string, field: string): boolean => path === field || path.startsWith(`${field}.`);

/**
 * @param asked fields that are named instead of the usual ones, each with all below it
 * @returns the fields that are copied
 * @throws Error for a field that there is not, or that is never copied
 */
export function promotable(asked: readonly string[] = []): FieldOfSchema[] {
  const all = fieldsOf();
  const names = all.map(({ path }) => path.join('.'));
  if (asked.length === 0) return all.filter((_, index) => !KEPT.some(({ field }) => isBelow(names[index]!, field)));
  for (const field of asked) {
    if (!names.some((name) => isBelow(name, field)))
      throw new Error(
        `--field ${field}: there is no such field; ${suggest(field, [...new Set(names.flatMap((name) => [name.split('.')[0]!, name]))], 8)}`,
      );
    const never = KEPT.find((kept) => kept.never && isBelow(field, kept.field));
    if (never) throw new Error(`--field ${field}: this is never copied, as ${never.why}`);
  }
  return all.filter(
    (_, index) =>
      asked.some((field) => isBelow(names[index]!, field)) &&
      !KEPT.some(({ field, never }) => never && isBelow(names[index]!, field)),
  );
}
