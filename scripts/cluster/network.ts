/** The network between the nodes of a cluster: a bridge in a network namespace of its own, which leads nowhere else. It ends when whoever opened it is gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Namespaces, output } from './namespaces.js';

/** What a node is called, and where it is found. */
export interface NodeNames {
  /** At most 15 characters, as it is that of an interface, too. */
  name: string;
  address: string;
  /** The range of its pods' addresses. */
  pods: string;
}

/** @param index 0 for the node with the control plane @returns the names of a node of a cluster */
export function namesOf(index: number): NodeNames {
  return {
    name: index === 0 ? 'node' : `node-${index + 1}`,
    address: `10.77.0.${index + 1}`,
    pods: `10.244.${index}.0/24`,
  };
}

// What crosses a bridge is not routed: the rules of a node's firewall are for its own namespace alone.
const SCRIPT = [
  'set -e',
  'sysctl -qw net.bridge.bridge-nf-call-iptables=0',
  'ip link add nodes type bridge',
  'ip link set nodes up',
  'echo open',
  // Until the other end of standard input is gone.
  'exec cat',
].join('\n');

interface Connected {
  names: NodeNames;
  namespaces: Namespaces;
}

export class Network {
  #bridge: ChildProcess | undefined;
  readonly #connected = new Map<string, Connected>();

  /** @throws Error where the system lets nobody have a network namespace */
  async open(): Promise<void> {
    this.#bridge = spawn('unshare', ['--net', 'bash', '-c', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [said] = (await Promise.race([once(this.#bridge.stdout!, 'data'), once(this.#bridge, 'exit')])) as unknown[];
    if (String(said) !== 'open\n') throw new Error('no network namespace for the nodes');
  }

  /** Gives a node its address, and routes to and from the pods of the others. */
  connect(names: NodeNames, namespaces: Namespaces): void {
    this.#onBridge('link', 'add', names.name, 'type', 'veth', 'peer', 'name', 'node', 'netns', String(namespaces.pid));
    this.#onBridge('link', 'set', names.name, 'master', 'nodes', 'up');
    onNode(namespaces, 'addr', 'add', `${names.address}/24`, 'dev', 'node');
    onNode(namespaces, 'link', 'set', 'node', 'up');
    onNode(namespaces, 'route', 'add', 'default', 'via', '10.77.0.254', 'dev', 'node');
    const node = { names, namespaces };
    for (const other of this.#connected.values()) {
      addRoute(node, other.names);
      addRoute(other, names);
    }
    this.#connected.set(names.name, node);
  }

  /** Takes a node's link away, before it is down. */
  disconnect(name: string): void {
    if (this.#connected.delete(name)) this.#onBridge('link', 'delete', name);
  }

  /** Cuts a node off, or lets it reach the others again. */
  setConnected(name: string, connected: boolean): void {
    this.#onBridge('link', 'set', name, connected ? 'up' : 'down');
  }

  async close(): Promise<void> {
    if (!this.#bridge || this.#bridge.exitCode !== null) return;
    const exited = once(this.#bridge, 'exit');
    this.#bridge.stdin!.destroy();
    await exited;
  }

  #onBridge(...args: string[]): void {
    output('nsenter', [`--target=${this.#bridge!.pid}`, '--net', 'ip', ...args]);
  }
}

function onNode(namespaces: Namespaces, ...args: string[]): void {
  const [program, words] = namespaces.command('ip', ...args);
  output(program, words);
}

/** Replaces the route that a node may have from the time before the other one was started anew. */
function addRoute({ namespaces }: Connected, { pods, address }: NodeNames): void {
  onNode(namespaces, 'route', 'replace', pods, 'via', address, 'dev', 'node');
}
