/** A bucket of a real S3 server, as the collector opens it. */
import type { Test } from 'uvu';
import { Bucket } from '../../../generator/collector/bucket.mjs';
import { Credentials } from '../../../generator/collector/credentials.mjs';
import { S3 } from '../../../generator/collector/s3.mjs';
import { inParallel } from '../../../generator/collector/storage.mjs';
import { findProgram, testWith } from '../../support/tools.js';
import { Bucket as Gateway, BUCKET, KEYS, ROOT } from './bucket.js';

export interface Opened {
  gateway: Gateway;
  bucket: Bucket;
  /** Writes files, by their paths in the registry's storage. */
  write(files: readonly string[], text?: string): Promise<void>;
  /** @returns another one, with another place or other keys */
  open(place?: Partial<{ bucket: string; rootDirectory: string }>, keys?: Record<string, string>): Bucket;
}

/**
 * Defines a test with a bucket.
 *
 * @param program what it needs beside the S3 server
 */
export function testWithBucket(
  test: Test,
  name: string,
  check: (opened: Opened) => Promise<void>,
  program?: string,
): void {
  const tools = ['versitygw', ...(program ? [program] : [])];
  testWith(test, tools.join(' or '), tools.every(findProgram), name, async () => {
    const gateway = new Gateway();
    try {
      await gateway.start();
      const place = { bucket: BUCKET, region: 'us-east-1', endpoint: gateway.endpoint, pathStyle: true };
      const open: Opened['open'] = (other, env = KEYS) =>
        new Bucket({ ...place, rootDirectory: `/${ROOT}/`, ...other }, new Credentials('us-east-1', { env }));
      const s3 = new S3(place, new Credentials('us-east-1', { env: KEYS }));
      const write: Opened['write'] = (files, body = 'sha256:0') =>
        inParallel(files, 16, async (file) => void (await s3.request('PUT', keyOf(file), { body })));
      await check({ gateway, bucket: open(), write, open });
    } finally {
      await gateway.stop();
    }
  });
}

/** @returns the key of a file, by its path in the registry's storage */
export function keyOf(file: string): string {
  return `${ROOT}/docker/registry/v2/${file}`;
}
