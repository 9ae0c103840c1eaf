/** The Secret that the registry's pods read, as it is printed. */
import { randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import type { Settings } from '../../config/index.js';
import { S3_KEYS, SECRET_KEYS } from '../../features/index.js';
import { toYaml } from '../../kustomize/index.js';
import { CliError } from '../shared/exit.js';

export type SecretSettings = Pick<Settings, 'name' | 'namespace' | 'secretName' | 'storage' | 'redis'>;

/** Keys that a Secret may have. */
export const KEYS: readonly string[] = [...Object.values(SECRET_KEYS), ...S3_KEYS.map(({ key }) => key)];

/**
 * @param line of the user, for the key htpasswd
 * @param bucketKeys as bucketKeysOf returns them
 * @returns the whole Secret, as YAML
 */
export function secretManifest(
  { name, namespace, secretName }: SecretSettings,
  line: string,
  bucketKeys: Record<string, string>,
): string {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      namespace,
      labels: { 'app.kubernetes.io/name': 'registry', 'app.kubernetes.io/instance': name },
    },
    type: 'Opaque',
    stringData: {
      [SECRET_KEYS.htpasswd]: `${line}\n`,
      [SECRET_KEYS.httpSecret]: random(),
      [SECRET_KEYS.redisPassword]: random(),
      ...bucketKeys,
    },
  };
  return toYaml(secret, [
    'Never commit it in clear text: pipe it to `kubectl create -f -`, seal it, or encrypt it with SOPS.',
    'Applied over an existing one it replaces all users and both generated secrets: restart the registry and Redis then.',
  ]);
}

/** @returns a patch that sets some keys and leaves the others alone, as JSON for `kubectl patch --patch-file`. @param line of the user */
export function secretPatch(keys: readonly string[], line: string, bucketKeys: Record<string, string>): string {
  const values: Record<string, string> = {
    [SECRET_KEYS.htpasswd]: `${line}\n`,
    [SECRET_KEYS.httpSecret]: random(),
    [SECRET_KEYS.redisPassword]: random(),
    ...bucketKeys,
  };
  return `${JSON.stringify({ stringData: Object.fromEntries(keys.map((key) => [key, values[key]])) })}\n`;
}

/** The one place where something random is made, and it goes to the cluster, not into the tree. */
function random(): string {
  return randomBytes(32).toString('hex');
}

/**
 * The keys of the bucket, from the environment: on the command line others would see them. Not from AWS_ACCESS_KEY_ID,
 * which is whoever runs this, and not the registry.
 *
 * @returns what the Secret has of them; nothing where the pods read none
 */
export function bucketKeysOf({ storage }: SecretSettings): Record<string, string> {
  if (storage.type !== 's3' || storage.s3.credentials !== 'secret') return {};
  const missing = S3_KEYS.filter(({ variable }) => !process.env[variable]).map(({ variable }) => variable);
  if (missing.length > 0) {
    const keys = S3_KEYS.map(({ key }) => key).join(' and ');
    throw new CliError(
      `the pods read the keys of the bucket "${storage.s3.bucket}" from this Secret too (${keys}), and ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set; set and export ${missing.length > 1 ? 'them' : 'it'}, or print only the line: --line`,
    );
  }
  return Object.fromEntries(S3_KEYS.map(({ key, variable }) => [key, asRead(process.env[variable]!)]));
}

/** The registry reads its variables as YAML, in which 0123 is a number and all after " #" a comment. */
function asRead(text: string): string {
  try {
    if (parse(text, { version: '1.1' }) === text) return text;
  } catch {
    // No YAML at all: in quotes it is.
  }
  return JSON.stringify(text);
}
