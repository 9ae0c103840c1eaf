/** Where a registry under test keeps its images: a volume, or a bucket of a real S3 server. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalDeployment } from '../../support/cluster/deployment.js';
import { findProgram } from '../../support/tools.js';
import { Bucket, BUCKET, KEYS, ROOT } from './bucket.js';

export const STORAGES = ['volume', 'bucket'] as const;
export type StorageKind = (typeof STORAGES)[number];

/** The storage of one registry. */
export interface TestStorage {
  kind: StorageKind;
  /** Settings of the overlay, indented as these. */
  yaml: string;
  /** What the Secret takes from the environment. */
  environment: Record<string, string>;
  /** @returns the digests of the blobs that are stored for a registry, in hexadecimal. */
  blobs(deployment: LocalDeployment): Set<string>;
  close(): Promise<void>;
}

/** @returns the programs that a storage needs and that are not on the PATH. */
export function missingFor(kind: StorageKind): string[] {
  return kind === 'bucket' && findProgram('versitygw') === undefined ? ['versitygw'] : [];
}

/** Starts what serves a storage. @returns it, empty */
export async function openStorage(kind: StorageKind): Promise<TestStorage> {
  if (kind === 'volume')
    return {
      kind,
      yaml: '',
      environment: {},
      blobs: ({ volume }) => blobsIn(join(volume, 'data')),
      close: () => Promise.resolve(),
    };
  const bucket = new Bucket();
  await bucket.start();
  return {
    kind,
    yaml: `    storage:
      type: s3
      s3: { bucket: ${BUCKET}, region: us-east-1, endpoint: "${bucket.endpoint}", rootDirectory: ${ROOT} }
`,
    environment: KEYS,
    blobs: () => blobsIn(join(bucket.folder, 'buckets', BUCKET, ROOT)),
    close: () => bucket.stop(),
  };
}

function blobsIn(root: string): Set<string> {
  const folder = join(root, 'docker/registry/v2/blobs/sha256');
  const digests = entriesOf(folder).flatMap((start) => entriesOf(join(folder, start)));
  return new Set(digests.filter((digest) => existsSync(join(folder, digest.slice(0, 2), digest, 'data'))));
}

/** @returns what is in a folder; nothing where it was removed meanwhile. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
