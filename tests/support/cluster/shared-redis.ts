/** The Redis that all replicas share, on real nodes: what its containers say of who the primary is. */
import * as assert from 'uvu/assert';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeRegistry, Pod } from './node-registry.js';

/** Milliseconds after the last pod's start within which all agree. */
const AGREED = 15_000;
const LOOK = [
  'redis-cli -p 6379 role | head -n 3 | tr "\\n" " "',
  'echo',
  'redis-cli -p 26379 sentinel get-master-addr-by-name registry | head -n 1',
].join('; ');

/** What the containers of a pod say. */
interface View {
  pod: string;
  role: string;
  named: string;
}

export class SharedRedis {
  readonly #registry: NodeRegistry;
  /** Of nodes that cannot be reached: whoever asks there waits for long. */
  readonly #lost = new Set<string>();

  constructor(registry: NodeRegistry) {
    this.#registry = registry;
  }

  /** Leaves out the pods of a node that is gone from now on, or asks them again. */
  setLost(node: string, lost: boolean): void {
    if (lost) this.#lost.add(node);
    else this.#lost.delete(node);
  }

  /** @returns the pods that can be reached */
  pods(): Pod[] {
    return this.#registry.pods('redis').filter(({ spec }) => !this.#lost.has(spec.nodeName ?? ''));
  }

  views(): View[] {
    return this.pods().map(({ metadata: { name: pod } }) => {
      const exec = ['exec', pod, '--container=sentinel', '--', 'sh', '-c', LOOK];
      const { out } = this.#registry.node.kubectl('--namespace', 'registry', ...exec);
      const [role = '', named = ''] = out.split('\n');
      return { pod, role: role.trim(), named: named.trim() };
    });
  }

  /** Whether one of the pods is a primary. Clients of this process go on while they are asked. */
  async hasPrimary(): Promise<boolean> {
    const asked = this.pods().map(async ({ metadata: { name } }) => {
      const role = ['exec', name, '--container=sentinel', '--', 'redis-cli', '-p', '6379', 'role'];
      const { out } = await this.#registry.node.startKubectl('--namespace', 'registry', ...role);
      return out.startsWith('master');
    });
    return (await Promise.all(asked)).includes(true);
  }

  /** @returns the primary, once all agree @throws AssertionError where that takes too long after the last start of a container */
  async agreed(what: string, pods = 3): Promise<string> {
    for (let seen = this.views(), start = this.#lastStart(pods); ; seen = this.views(), start = this.#lastStart(pods)) {
      const found = primary(seen, pods);
      if (found && start !== undefined) return found;
      assert.ok(start === undefined || Date.now() - start < AGREED, `${what}: ${JSON.stringify(seen)}`);
      await sleep(500);
    }
  }

  /** @returns when the container that started last did so; undefined while one of the pods does not run */
  #lastStart(pods: number): number | undefined {
    const statuses = this.pods().flatMap(({ status }) => status.containerStatuses ?? []);
    const starts = statuses.flatMap(({ state }) => (state.running ? [Date.parse(state.running.startedAt)] : []));
    return starts.length === 2 * pods ? Math.max(...starts) : undefined;
  }
}

/** @returns the pod that is the primary, that all others follow and all Sentinels name; undefined where that is not so */
export function primary(seen: View[], pods = 3): string | undefined {
  const found = seen.filter(({ role }) => role.startsWith('master'));
  if (seen.length !== pods || found.length !== 1) return undefined;
  const host = `${found[0]!.pod}.registry-redis`;
  const isAgreed = seen.every(
    ({ role, named }) => named === host && (role.startsWith('master') || role === `slave ${host} 6379`),
  );
  return isAgreed ? found[0]!.pod : undefined;
}
