/** Keys of the registry's Secret that a change has the pods read, and that the Secret in the cluster has not yet. */
import { S3_KEYS, SECRET_KEYS } from '../../../features/index.js';
import type { KubernetesObject } from '../../../model/index.js';

/** @returns the keys that objects read of a Secret */
export function keysRead(objects: readonly KubernetesObject[], secret: string): Set<string> {
  const keys = new Set<string>();
  for (const object of objects) collect(object, secret, keys);
  return keys;
}

function collect(value: unknown, secret: string, keys: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const { secretKeyRef, secretName, items } = value as {
    secretKeyRef?: { name?: string; key: string };
    secretName?: unknown;
    items?: { key: string }[];
  };
  if (secretKeyRef?.name === secret) keys.add(secretKeyRef.key);
  if (secretName === secret && Array.isArray(items)) for (const { key } of items) keys.add(key);
  for (const inner of Object.values(value)) collect(inner, secret, keys);
}

/**
 * @returns a command that adds a key to a Secret where it is missing, and leaves its other keys alone. What is secret in it
 *   is in no history of the shell and in no list of processes: printf is the shell's own.
 */
export function addKey(key: string, secret: string, namespace: string, htpasswdLine: string): string {
  const kubectl = `kubectl -n ${namespace}`;
  const isThere = `${kubectl} get secret ${secret} -o jsonpath='{.data.${key}}' | grep -q .`;
  const patch = `${kubectl} patch secret ${secret} --patch-file /dev/stdin`;
  const json = (value: string): string => `'{"stringData":{"${key}":"${value}"}}'`;
  if (S3_KEYS.some((known) => known.key === key)) return `read -rs VALUE; printf ${json('%s')} "$VALUE" | ${patch}`;
  if (key === SECRET_KEYS.htpasswd) return `${isThere} || printf ${json('%s\\\\n')} "$(${htpasswdLine})" | ${patch}`;
  return `${isThere} || printf ${json('%s')} "$(openssl rand -hex 32)" | ${patch}`;
}
