/** A cluster whose garbage is collected: what the suites of collections share. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'uvu';
import { Client } from '../../support/cluster/client.js';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

type Check = (cluster: LocalCluster, client: Client) => Promise<void>;

export function configOf(image: string, redis: string): string {
  return `image: ${image}\nhost: registry.example.com\ngc:\n  deleteUntagged: true\noverlays:\n  it:\n    redis:\n      type: ${redis}\n`;
}

/** @returns what adds a test to a suite, which gets a cluster with the registry of an image, and a client of it. */
export function testsOn(
  test: Test,
  image: string,
  program: string,
): (name: string, redis: 'sidecar' | 'statefulset', check: Check) => void {
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('redis-server') !== undefined;
  return (name, redis, check) =>
    testWith(test, `${program} or redis-server`, tools, `${name} (${redis})`, async () => {
      const cluster = new LocalCluster(configOf(image, redis), path!);
      const client = new Client(() => cluster.next());
      try {
        await cluster.start();
        await check(cluster, client);
      } finally {
        client.close();
        await cluster.stop();
      }
    });
}

export function isOpen(cluster: LocalCluster): Promise<void> {
  return until('the registry takes writes', () => cluster.isOpen, 15_000);
}

/** @returns how many blobs there are. */
export function blobsOf(cluster: LocalCluster): number {
  const folder = join(cluster.deployment.volume, 'data/docker/registry/v2/blobs/sha256');
  return readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('/data')).length;
}
