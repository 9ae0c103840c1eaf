/** A Kubernetes cluster of one node on this machine, in namespaces of its own: etcd, the control plane, containerd, kubelet, kube-proxy, and CoreDNS as a pod. Needs root. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../generator/tree/index.js';
import { writeCertificates } from './certificates.js';
import { dns } from './dns.js';
import { COREDNS } from './names.js';
import { Namespaces, output, removeGroups } from './namespaces.js';
import type { Parts } from './parts.js';
import { libraryFolders } from './root-files.js';
import { commands, type Places, settings } from './settings.js';

/** Of folders for state: with the process that has the node up. */
const OWNER = /^node-(\d+)-/;
/** Listens at a path, and passes each connection on to a port: `node -e FORWARDER PATH HOST PORT`. */
const FORWARDER = `
const { connect, createServer } = require('node:net');
const [path, host, port] = process.argv.slice(1);
createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ host, port: Number(port), allowHalfOpen: true });
  for (const socket of [near, far]) socket.on('error', () => { near.destroy(); far.destroy(); });
  near.pipe(far).pipe(near);
}).listen(path);
`;

/** What came of a command. */
export interface Result {
  code: number | null;
  out: string;
  err: string;
}

export class ClusterNode {
  /** For volumes of pods: a path that is the same on the node and on this machine. */
  readonly data: string;
  readonly #parts: Parts;
  readonly #state: string;
  readonly #keys: string;
  readonly #namespaces: Namespaces;
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Map<string, ChildProcess>();
  readonly #servers: Server[] = [];

  /** @param folder where its state is put, and removed from when it is down; of a file system that overlayfs takes */
  constructor(parts: Parts, folder: string) {
    this.#parts = parts;
    mkdirSync(folder, { recursive: true });
    this.#state = mkdtempSync(join(folder, `node-${process.pid}-`));
    this.#keys = join(this.#state, 'keys');
    this.data = join(this.#state, 'data');
    for (const path of [this.#keys, this.data]) mkdirSync(path);
    this.#namespaces = new Namespaces(this.#state);
    const packages = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((path) => join(parts.packages, path));
    this.#env = {
      PATH: [parts.bin, ...packages, process.env['PATH']].join(':'),
      LD_LIBRARY_PATH: libraryFolders(parts.packages).join(':'),
      // Of iptables' matches and targets.
      XTABLES_LIBDIR: join(libraryFolders(parts.packages)[0]!, 'xtables'),
      // kubectl keeps a cache in the home folder.
      HOME: this.#state,
    };
  }

  /** @param log hears of each step @throws Error where a part does not come up, with the end of its log */
  async up(log: (step: string) => void = () => undefined): Promise<void> {
    await removeKilled(dirname(this.#state));
    await this.#namespaces.open();
    writeCertificates(this.#keys);
    for (const [name, text] of Object.entries(settings(this.#places))) {
      mkdirSync(dirname(join(this.#state, name)), { recursive: true });
      writeFileSync(join(this.#state, name), text);
    }
    log('namespaces and keys');
    for (const name of ['etcd', 'apiserver', 'containerd']) this.start(name);
    await this.#until('containerd', () => this.#ctr('version').code === 0);
    for (const image of this.#parts.images) {
      const { code, err } = this.#ctr('images', 'import', image);
      if (code !== 0) throw new Error(`${image}: ${err}`);
    }
    log('images');
    await this.#until('apiserver', () => this.kubectl('get', '--raw', '/readyz').code === 0);
    log('API server');
    for (const name of ['manager', 'scheduler', 'kubelet', 'proxy']) this.start(name);
    this.apply(dns(COREDNS));
    await this.#until(
      'kubelet',
      () => this.kubectl('wait', '--for=condition=Ready', 'node/node', '--timeout=5s').code === 0,
    );
    log('node');
    this.must('--namespace', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s');
    log('DNS');
  }

  /** Enforces NetworkPolicies from now on. */
  async enforcePolicies(): Promise<void> {
    this.start('router');
    await this.#until('router', () => this.run('iptables-save').out.includes('KUBE-ROUTER-FORWARD'));
  }

  /** Starts a program of the node that is stopped. @param name of settings.commands */
  start(name: string): void {
    const words = commands(this.#places)[name]!;
    this.#running.set(name, this.#namespaces.start(name, words, this.#env));
  }

  /** Kills a program of the node, as where the machine loses it. */
  async stop(name: string): Promise<void> {
    await this.#namespaces.kill(this.#running.get(name)!);
  }

  /** Runs a command in the namespaces of the node. */
  run(...words: string[]): Result {
    return this.#run(words);
  }

  kubectl(...args: string[]): Result {
    return this.#kubectl(args);
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

  /** Kills the first process of a container, as where it runs out of memory. @param id its id, as in its pod's status */
  killContainer(id: string): void {
    const { code, err } = this.#ctr('tasks', 'kill', '--signal', 'SIGKILL', id);
    if (code !== 0) throw new Error(err);
  }

  /** @returns a port of this machine's loopback interface whose connections reach an address in the cluster */
  async forward(host: string, port: number): Promise<number> {
    const path = join(this.#state, `${host}-${port}.sock`);
    this.#running.set(
      path,
      this.#namespaces.start('forwarder', [process.execPath, '-e', FORWARDER, path, host, String(port)], this.#env),
    );
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path, allowHalfOpen: true });
      for (const socket of [near, far])
        socket.on('error', () => {
          near.destroy();
          far.destroy();
        });
      near.pipe(far).pipe(near);
    });
    this.#servers.push(server);
    await this.#until('forwarder', () => existsSync(path));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  /** Runs a shell in the namespaces of the node until it ends; KUBECONFIG is the administrator's. */
  async shell(): Promise<void> {
    const [program, args] = this.#namespaces.command(process.env['SHELL'] || 'sh');
    const env = { ...process.env, ...this.#env, KUBECONFIG: join(this.#keys, 'admin.conf') };
    await once(spawn(program, args, { stdio: 'inherit', env }), 'exit');
  }

  /** Ends all of it, and removes its state. */
  async down(): Promise<void> {
    for (const server of this.#servers) server.close();
    await this.#namespaces.close();
    rmSync(this.#state, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }

  get #places(): Places {
    return { state: this.#state, keys: this.#keys, packages: this.#parts.packages, group: this.#namespaces.group };
  }

  #kubectl(args: string[], input?: object): Result {
    const words = ['kubectl', `--kubeconfig=${join(this.#keys, 'admin.conf')}`, ...args];
    return this.#run(words, input && JSON.stringify(input));
  }

  #run(words: string[], input?: string): Result {
    const [program, args] = this.#namespaces.command(...words);
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: this.#env,
      input,
      maxBuffer: 2 ** 28,
    });
    return { code: status, out: stdout, err: stderr };
  }

  #ctr(...args: string[]): Result {
    return this.#run(['ctr', '--address', join(this.#state, 'containerd.sock'), '--namespace', 'k8s.io', ...args]);
  }

  async #until(name: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 120_000;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`${name} does not come up: ${this.#log(name)}`);
      await sleep(200);
    }
  }

  #log(name: string): string {
    return output('tail', ['-n', '20', join(this.#state, `${name}.log`)]);
  }
}

/** Removes what nodes left whose process was killed. */
async function removeKilled(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const [, pid] = OWNER.exec(name) ?? [];
    if (!pid || isAlive(Number(pid))) continue;
    await removeGroups(name);
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
