/** A Kubernetes cluster on this machine, of one node or several: etcd and the control plane on the first of them, and CoreDNS as a pod. Needs root. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { isAlive } from '../../generator/tree/index.js';
import { writeCertificates } from './certificates.js';
import { dns } from './dns.js';
import { FORWARDER, listenFor } from './forward.js';
import { COREDNS } from './names.js';
import { removeGroups } from './namespaces.js';
import { namesOf, Network } from './network.js';
import { NodePrograms, type Result } from './node-programs.js';
import type { Parts } from './parts.js';

/** Of folders for state: with the process that has the cluster up. */
const OWNER = /^node-(\d+)-/;

export interface ClusterOptions {
  /** How many nodes: node, node-2, node-3. */
  nodes?: number;
  /** Flags that a program is started with in addition, by its name in settings.commands. */
  flags?: Record<string, string[]>;
}

export class Cluster {
  /** For volumes of pods: a path that is the same on all nodes and on this machine. */
  readonly data: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  readonly #state: string;
  readonly #keys: string;
  readonly #network = new Network();
  readonly #nodes: NodePrograms[];
  readonly #servers: Server[] = [];

  /** @param folder where its state is put, and removed from when it is down; of a file system that overlayfs takes */
  constructor(parts: Parts, folder: string, { nodes = 1, flags = {} }: ClusterOptions = {}) {
    mkdirSync(folder, { recursive: true });
    this.#state = mkdtempSync(join(folder, `node-${process.pid}-`));
    this.#keys = join(this.#state, 'keys');
    this.kubeconfig = join(this.#keys, 'admin.conf');
    this.data = join(this.#state, 'data');
    for (const path of [this.#keys, this.data]) mkdirSync(path);
    const shared = { parts, state: this.#state, keys: this.#keys, network: this.#network, flags };
    this.#nodes = Array.from({ length: nodes }, (_, index) => new NodePrograms(shared, namesOf(index)));
  }

  /** @param log hears of each step @throws Error where a part does not come up, with the end of its log */
  async up(log: (step: string) => void = () => undefined): Promise<void> {
    await removeKilled(dirname(this.#state));
    const first = this.#first;
    writeCertificates(
      this.#keys,
      this.#nodes.map(({ name }) => name),
    );
    await this.#network.open();
    for (const node of this.#nodes) await node.open();
    log('namespaces and keys');
    for (const name of ['etcd', 'apiserver']) first.start(name);
    for (const node of this.#nodes) await node.startContainerd();
    for (const node of this.#nodes) node.importImages();
    log('images');
    await first.until('apiserver', () => this.kubectl('get', '--raw', '/readyz').code === 0);
    log('API server');
    for (const name of ['manager', 'scheduler']) first.start(name);
    for (const node of this.#nodes) for (const name of ['kubelet', 'proxy']) node.start(name);
    this.apply(dns(COREDNS));
    for (const { name } of this.#nodes) await this.#isReady(name);
    log('nodes');
    this.must('--namespace', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s');
    log('DNS');
  }

  /** Gives pods on the first node an image. @param archive for `ctr images import` @throws Error with what ctr says, where it fails */
  importImage(archive: string): void {
    this.#first.importImage(archive);
  }

  /** Enforces NetworkPolicies from now on. */
  async enforcePolicies(): Promise<void> {
    for (const node of this.#nodes) node.start('router');
    for (const node of this.#nodes) await routes(node);
  }

  /** Starts a program of the first node that is stopped. @param name of settings.commands */
  start(name: string): void {
    this.#first.start(name);
  }

  /**
   * Starts a program that is no part of a node, in the namespaces of the first; it ends with the node, or by stop.
   *
   * @param name of its log, and for stop
   * @param env beside the PATH of the node; KUBECONFIG is the administrator's
   */
  startProgram(name: string, words: string[], env: NodeJS.ProcessEnv = {}): void {
    this.#first.spawn(name, words, { KUBECONFIG: this.kubeconfig, ...env });
  }

  /** Kills a program on the first node, as where the machine loses it. */
  stop(name: string): Promise<void> {
    return this.#first.stop(name);
  }

  /** Kills all that runs on a node other than the first, as where it loses its power. */
  powerOff(name: string): Promise<void> {
    return this.#node(name).close();
  }

  /** Starts a node again that has lost its power, with what is on its disk, and enforces NetworkPolicies on it. */
  async powerOn(name: string): Promise<void> {
    const node = this.#node(name);
    await node.open();
    await node.startContainerd();
    for (const program of ['kubelet', 'proxy', 'router']) node.start(program);
    await this.#isReady(name);
    await routes(node);
  }

  /** Cuts a node off from the others, or lets it reach them again. */
  setConnected(name: string, connected: boolean): void {
    this.#network.setConnected(name, connected);
  }

  /** Runs a command in the namespaces of the first node. */
  run(...words: string[]): Result {
    return this.#first.run(words);
  }

  kubectl(...args: string[]): Result {
    return this.#kubectl(args);
  }

  /** Starts kubectl, beside which this process goes on. @returns what came of it, once it ends */
  async startKubectl(...args: string[]): Promise<Result> {
    const [program, words] = this.#first.command(this.#asAdmin(args));
    const child = spawn(program, words, { env: this.#first.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const result: Result = { code: null, out: '', err: '' };
    child.stdout.on('data', (data) => (result.out += data));
    child.stderr.on('data', (data) => (result.err += data));
    [result.code] = (await once(child, 'close')) as [number | null];
    return result;
  }

  /** Runs kubectl. @returns its output @throws Error with what it says, where it fails */
  must(...args: string[]): string {
    const { code, out, err } = this.kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err || out}`);
    return out;
  }

  /** Applies objects. @throws Error with what kubectl says, where it fails */
  apply(objects: object[]): void {
    const { code, err } = this.#kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });
    if (code !== 0) throw new Error(err);
  }

  /** Sends an object to a path of the API server. */
  create(path: string, object: object): Result {
    return this.#kubectl(['create', '--raw', path, '-f', '-'], object);
  }

  /** Kills the first process of a container, as where it runs out of memory. @param id its id, as in its pod's status @param node that has it */
  killContainer(id: string, node = this.#first.name): void {
    this.#node(node).killContainer(id);
  }

  /**
   * @param network named network namespace of the first node, as of `ip netns`, from which they come; without one they come from
   * the node itself
   * @returns a port of this machine's loopback interface whose connections reach an address in the cluster
   */
  async forward(host: string, port: number, network?: string): Promise<number> {
    const path = join(this.#state, `${host}-${port}-${network ?? 'node'}.sock`);
    const from = network === undefined ? [] : ['ip', 'netns', 'exec', network];
    this.#first.spawn('forwarder', [...from, process.execPath, '-e', FORWARDER, path, host, String(port)]);
    return await this.listenFor(path);
  }

  /** @param path of a forwarder, which may be about to come up @returns a port of this machine's loopback interface whose connections it passes on */
  async listenFor(path: string): Promise<number> {
    await this.#first.until('forwarder', () => existsSync(path));
    const server = await listenFor(path);
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  /** Runs a shell in the namespaces of the first node until it ends; KUBECONFIG is the administrator's. */
  async shell(): Promise<void> {
    const [program, args] = this.#first.command([process.env['SHELL'] || 'sh']);
    const env = { ...process.env, ...this.#first.env, KUBECONFIG: this.kubeconfig };
    await once(spawn(program, args, { stdio: 'inherit', env }), 'exit');
  }

  /** Ends all of it, and removes its state. */
  async down(): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const node of this.#nodes) await node.close();
    await this.#network.close();
    rmSync(this.#state, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }

  /** @returns a path of the first node's state, as settings and commands name them: kubelet/plugins_registry */
  path(name: string): string {
    return this.#first.path(name);
  }

  get #first(): NodePrograms {
    return this.#nodes[0]!;
  }

  #node(name: string): NodePrograms {
    return this.#nodes.find((node) => node.name === name)!;
  }

  async #isReady(name: string): Promise<void> {
    const status = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    await this.#node(name).until('kubelet', () => this.kubectl('get', 'node', name, status).out === 'True');
  }

  #kubectl(args: string[], input?: object): Result {
    return this.#first.run(this.#asAdmin(args), input && JSON.stringify(input));
  }

  #asAdmin(args: string[]): string[] {
    return ['kubectl', `--kubeconfig=${this.kubeconfig}`, ...args];
  }
}

/** Waits until a node enforces NetworkPolicies. */
const routes = (node: NodePrograms): Promise<void> =>
  node.until('router', () => node.run(['iptables-save']).out.includes('KUBE-ROUTER-FORWARD'));

/** Removes what clusters left whose process was killed. */
async function removeKilled(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const [, pid] = OWNER.exec(name) ?? [];
    if (!pid || isAlive(Number(pid))) continue;
    await removeGroups(name);
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
