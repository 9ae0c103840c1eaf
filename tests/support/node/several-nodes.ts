/** A registry with a Redis that all replicas share, on three real nodes. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { ClusterOptions } from '../../../scripts/cluster/cluster.js';
import type { Load } from '../cluster/load.js';
import { NodeRegistry } from './registry.js';
import { SpreadRedis } from './spread-redis.js';

/** Clients, and the control plane, are on the first. */
export const NODES = ['node', 'node-2', 'node-3'];
const WORKLOADS = ['deployment/registry', 'statefulset/registry-redis'];

/** What was missing for how long at the most, in milliseconds, while something went on. */
interface Pauses {
  primary: number;
  pushes: number;
}

export class SeveralNodes {
  readonly registry: NodeRegistry;
  readonly redis: SpreadRedis;

  constructor(flags: ClusterOptions['flags'] = {}) {
    this.registry = new NodeRegistry({ nodes: NODES.length, flags });
    this.redis = new SpreadRedis(this.registry);
  }

  /** @returns the nodes of a component's pods that stay, in order */
  nodesOf(component: string): string[] {
    return this.registry
      .pods(component)
      .map(({ spec }) => spec.nodeName ?? '')
      .sort();
  }

  isReady(node: string): boolean {
    const status = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    return this.registry.node.must('get', 'node', node, status) === 'True';
  }

  /** Restarts the registry and Redis, and waits until they are there. */
  async restart(): Promise<void> {
    for (const workload of WORKLOADS) this.registry.kubectl('rollout', 'restart', workload);
    await this.rolledOut();
  }

  async rolledOut(): Promise<void> {
    for (const workload of WORKLOADS)
      await this.registry.until(`${workload} is ready`, () => this.registry.isRolledOut(workload), 180);
  }

  /** Has a node other than the first have the primary, where Redis is spread over all. @returns that node */
  async nodeOfPrimary(): Promise<string> {
    assert.equal(this.nodesOf('redis'), NODES);
    for (;;) {
      const name = await this.redis.agreed('before its node goes');
      const { nodeName } = this.redis.pod(name).spec;
      if (nodeName !== NODES[0]) return nodeName!;
      this.redis.inSentinel(name, 'redis-cli -p 26379 sentinel failover registry');
      const isAnother = (): boolean => ![undefined, name].includes(this.redis.primary());
      await this.registry.until('another primary', isAnother, 60);
    }
  }

  /** Looks all the time, until something is over. */
  async pausesUntil(over: Promise<unknown>, { books }: Load): Promise<Pauses> {
    let isOver = false;
    void over.finally(() => (isOver = true));
    const longest: Pauses = { primary: 0, pushes: 0 };
    const since: Pauses = { primary: Date.now(), pushes: Date.now() };
    for (let { pushed } = books; !isOver; await sleep(200)) {
      const hasPrimary = await this.redis.hasPrimary();
      const now = Date.now();
      if (hasPrimary) since.primary = now;
      if (books.pushed > pushed) since.pushes = now;
      pushed = books.pushed;
      longest.primary = Math.max(longest.primary, now - since.primary);
      longest.pushes = Math.max(longest.pushes, now - since.pushes);
    }
    return longest;
  }
}
