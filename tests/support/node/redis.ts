/** Redis and its Sentinels on a real node: what each of them says, and whether they agree. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { NAMESPACE, type NodeRegistry } from './registry.js';
import type { Pod } from './pods.js';

/** Milliseconds after the start of the last container within which all agree. */
const AGREED = 15_000;
const LOOK = [
  'redis-cli -p 6379 role | head -n 3 | tr "\\n" " "',
  'echo',
  'redis-cli -p 26379 sentinel get-master-addr-by-name registry | head -n 1',
].join('; ');
const inSentinel = (pod: string, command: string): string[] => [
  'exec',
  pod,
  '--container=sentinel',
  '--',
  'sh',
  '-c',
  command,
];

/** What the containers of a pod say. */
interface View {
  pod: string;
  role: string;
  named: string;
}

export class NodeRedis {
  /** Milliseconds from the start of the last container until all agreed: the longest of all waits. */
  longest = 0;
  readonly #registry: NodeRegistry;

  constructor(registry: NodeRegistry) {
    this.#registry = registry;
  }

  pods(): Pod[] {
    return this.#registry.pods('redis');
  }

  /** @throws AssertionError where there is none of the name */
  pod(name: string): Pod {
    const found = this.pods().find(({ metadata }) => metadata.name === name);
    assert.ok(found, `no pod ${name}`);
    return found;
  }

  /** Runs a command in the container of a Sentinel, whose redis-cli has the password. @throws Error where it fails */
  inSentinel(pod: string, command: string): string {
    return this.#registry.kubectl(...inSentinel(pod, command));
  }

  /** Drops all that other pods send to a pod, and it to them, while something runs; the node still reaches it. */
  async whileCutOff(name: string, run: () => Promise<void>): Promise<void> {
    const address = this.pod(name).status.podIP!;
    const change = (action: '--insert' | '--delete'): void => {
      for (const side of ['--source', '--destination']) {
        const rule = ['FORWARD', side, address, '--jump', 'DROP'];
        const { code, err } = this.#registry.node.run('iptables', '--table', 'mangle', action, ...rule);
        if (code !== 0) throw new Error(err);
      }
    };
    change('--insert');
    try {
      await run();
    } finally {
      change('--delete');
    }
  }

  /** @returns what all pods but those left out say */
  views(without: readonly string[] = []): View[] {
    const names = this.pods().map(({ metadata }) => metadata.name);
    return names
      .filter((pod) => !without.includes(pod))
      .map((pod) => {
        // A pod that starts or ends says nothing.
        const { out } = this.#registry.node.kubectl('--namespace', NAMESPACE, ...inSentinel(pod, LOOK));
        const [role = '', named = ''] = out.split('\n');
        return { pod, role: role.trim(), named: named.trim() };
      });
  }

  /**
   * Waits for the one primary that all other pods follow, and all Sentinels name.
   *
   * @param what goes before, for the message
   * @param limits milliseconds of the clock from which the time counts, that of the start of the last container by default, and
   * within which all must agree
   * @throws AssertionError with what each says, and the logs of the Sentinels, where they do not agree in time
   */
  async agreed(what: string, { since, within = AGREED }: { since?: number; within?: number } = {}): Promise<string> {
    for (let looks = 0; ; looks++) {
      const seen = this.views();
      const start = since ?? this.#lastStart();
      const found = seen.length === 3 ? primaryOf(seen) : undefined;
      if (found && start !== undefined) {
        if (looks > 0) this.longest = Math.max(this.longest, Date.now() - start);
        return found;
      }
      if (start !== undefined && Date.now() - start >= within)
        assert.unreachable(`${what}: ${JSON.stringify(seen)}\n${seen.map(({ pod }) => this.#log(pod)).join('\n')}`);
      await sleep(500);
    }
  }

  #log(pod: string): string {
    return `${pod}:\n${this.#registry.kubectl('logs', pod, '--container=sentinel', '--tail=40')}`;
  }

  /** @returns when the container that started last did so; undefined while one of the pods does not run */
  #lastStart(): number | undefined {
    const statuses = this.pods().flatMap(({ status }) => status.containerStatuses ?? []);
    const starts = statuses.flatMap(({ state }) => (state.running ? [Date.parse(state.running.startedAt)] : []));
    return starts.length === 6 ? Math.max(...starts) : undefined;
  }
}

/** @returns the pod that is the primary, that all others follow and all Sentinels name; undefined where that is not so */
export function primaryOf(seen: View[]): string | undefined {
  const found = seen.filter(({ role }) => role.startsWith('master'));
  if (found.length !== 1) return undefined;
  const host = `${found[0]!.pod}.registry-redis`;
  const isAgreed = seen.every(
    ({ role, named }) => named === host && (role.startsWith('master') || role === `slave ${host} 6379`),
  );
  return isAgreed ? found[0]!.pod : undefined;
}
