/** The Redis that all replicas share, on several real nodes of which some may be lost. */
import { NodeRedis, primaryOf } from './redis.js';
import { NAMESPACE, type NodeRegistry } from './registry.js';
import type { Pod } from './pods.js';

export class SpreadRedis extends NodeRedis {
  readonly #nodes: NodeRegistry['node'];
  /** Nodes that cannot be reached: whoever asks there waits for long. */
  readonly #lost = new Set<string>();

  constructor(registry: NodeRegistry) {
    super(registry);
    this.#nodes = registry.node;
  }

  /** Leaves out the pods of a node that is gone from now on, or asks them again. */
  setLost(node: string, lost: boolean): void {
    if (lost) this.#lost.add(node);
    else this.#lost.delete(node);
  }

  /** @returns the pods that can be reached */
  override pods(): Pod[] {
    return super.pods().filter(({ spec }) => !this.#lost.has(spec.nodeName ?? ''));
  }

  /** @returns the primary, where so many pods can be reached and agree */
  primary(pods = 3): string | undefined {
    const seen = this.views();
    return seen.length === pods ? primaryOf(seen) : undefined;
  }

  /** Whether one of the pods is a primary, those that end included. Clients of this process go on while they are asked. */
  async hasPrimary(): Promise<boolean> {
    const selector = '--selector=app.kubernetes.io/component=redis';
    const listed = await this.#kubectl('get', 'pods', selector, '--output=name');
    const roles = listed.split('\n').map(async (pod) => {
      const role = ['--container=redis', '--', 'redis-cli', 'role'];
      return pod ? await this.#kubectl('exec', pod, ...role) : '';
    });
    return (await Promise.all(roles)).some((role) => role.startsWith('master'));
  }

  async #kubectl(...args: string[]): Promise<string> {
    return (await this.#nodes.startKubectl('--namespace', NAMESPACE, ...args)).out;
  }
}
