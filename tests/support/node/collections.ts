/** Collections of a registry on a real node, and what they find. */
import { randomBytes } from 'node:crypto';
import { Client } from '../cluster/client.js';
import type { Rules } from '../cluster/load.js';
import { NAMESPACE, type NodeRegistry } from './registry.js';

/** Fields of registry.yaml with which what was pushed just now is old enough to be collected. */
export const COLLECTS_AT_ONCE = { gc: { graceSeconds: 0 } };

/** What clients do with the shipped overlay whose pods have a Redis each: it takes no deletions, and collects untagged images. */
export const CACHES_APART: Rules = { deletes: false, deleteUntagged: true };

/** Pushes a layer that no image uses: without garbage, a collection refuses nothing. */
export async function pushGarbage(registry: NodeRegistry): Promise<void> {
  const address = await registry.address();
  const client = new Client(() => address);
  await client.pushBlob('team/garbage', randomBytes(1024)).finally(() => client.close());
}

/** Starts a collection, as by hand. @returns the name of its Job */
export function collect(registry: NodeRegistry, name: string): string {
  registry.kubectl('create', 'job', name, '--from=cronjob/registry-gc');
  return name;
}

/** Whether a collection has ended. @throws Error with what it says, where it failed */
export function hasCollected(registry: NodeRegistry, job: string): boolean {
  const { out } = registry.node.kubectl('--namespace', NAMESPACE, 'get', `job/${job}`, '--output=jsonpath={.status}');
  if (!out.includes('"type":"Failed"')) return out.includes('"type":"Complete"');
  // Done, but the registry's own collector would have removed what images use, such as layers that one names by sha512.
  if (out.includes('failed with exit code 4 ')) return true;
  throw new Error(`${job} failed:\n${registry.logs(job)}`);
}
