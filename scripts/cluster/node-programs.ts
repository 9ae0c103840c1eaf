/** What each node of a cluster runs, in namespaces of its own: containerd, kubelet, kube-proxy and kube-router, and on one of them the control plane. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Namespaces, output } from './namespaces.js';
import type { Network, NodeNames } from './network.js';
import type { Parts } from './parts.js';
import { libraryFolders } from './root-files.js';
import { commands, type Places, settings } from './settings.js';

/** What came of a command. */
export interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** Where a cluster's nodes have their programs from, and what they share. */
export interface Shared {
  parts: Parts;
  /** Folder in which each node has one for its state. */
  state: string;
  /** Folder of keys and configurations of clients. */
  keys: string;
  network: Network;
  /** Flags that a program is started with in addition. */
  flags: Record<string, string[]>;
}

export class NodePrograms {
  readonly name: string;
  readonly #shared: Shared;
  readonly #names: NodeNames;
  readonly #state: string;
  readonly #env: NodeJS.ProcessEnv;
  #namespaces: Namespaces;
  readonly #running = new Map<string, ChildProcess>();

  constructor(shared: Shared, names: NodeNames) {
    this.name = names.name;
    this.#shared = shared;
    this.#names = names;
    this.#state = join(shared.state, names.name);
    mkdirSync(this.#state);
    this.#namespaces = new Namespaces(this.#state);
    const packages = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((path) => join(shared.parts.packages, path));
    const libraries = libraryFolders(shared.parts.packages);
    this.#env = {
      PATH: [shared.parts.bin, ...packages, process.env['PATH']].join(':'),
      LD_LIBRARY_PATH: libraries.join(':'),
      // Of iptables' matches and targets.
      XTABLES_LIBDIR: join(libraries[0]!, 'xtables'),
      // kubectl keeps a cache in the home folder.
      HOME: this.#state,
    };
  }

  /** Makes the namespaces, with what the programs are told. */
  async open(): Promise<void> {
    await this.#namespaces.open();
    this.#shared.network.connect(this.#names, this.#namespaces);
    for (const [name, text] of Object.entries(settings(this.#places))) {
      mkdirSync(dirname(join(this.#state, name)), { recursive: true });
      writeFileSync(join(this.#state, name), text);
    }
  }

  /** Kills all of it at once, pods included, as where the machine loses its power. What is on its disk stays. */
  async close(): Promise<void> {
    this.#shared.network.disconnect(this.name);
    await this.#namespaces.close();
    this.#namespaces = new Namespaces(this.#state);
    this.#running.clear();
  }

  /** Starts a program that is not running. @param name of settings.commands */
  start(name: string): void {
    this.spawn(name, [...commands(this.#places)[name]!, ...(this.#shared.flags[name] ?? [])]);
  }

  /** Starts a program of any kind, which ends with the node. */
  spawn(name: string, words: string[], env: NodeJS.ProcessEnv = {}): void {
    this.#running.set(name, this.#namespaces.start(name, words, { ...this.#env, ...env }));
  }

  /** @returns a path of its state */
  path(name: string): string {
    return join(this.#state, name);
  }

  /** Kills a program. */
  async stop(name: string): Promise<void> {
    await this.#namespaces.kill(this.#running.get(name)!);
  }

  /** Starts what runs containers. @throws Error where it does not come up */
  async startContainerd(): Promise<void> {
    this.start('containerd');
    await this.until('containerd', () => this.#ctr('version').code === 0);
  }

  /** @throws Error where containerd does not take an image */
  importImages(): void {
    for (const image of this.#shared.parts.images) this.importImage(image);
  }

  /** @param archive for `ctr images import` @throws Error with what ctr says, where it fails */
  importImage(archive: string): void {
    const { code, err } = this.#ctr('images', 'import', archive);
    if (code !== 0) throw new Error(`${archive}: ${err}`);
  }

  /** Runs a command in the namespaces. */
  run(words: string[], input?: string): Result {
    const [program, args] = this.command(words);
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: this.#env,
      input,
      maxBuffer: 2 ** 28,
    });
    return { code: status, out: stdout, err: stderr };
  }

  /** @returns the program and arguments that run a command in the namespaces */
  command(words: string[]): [program: string, args: string[]] {
    return this.#namespaces.command(...words);
  }

  get env(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** Kills the first process of a container, as where it runs out of memory. @param id its id, as in its pod's status */
  killContainer(id: string): void {
    const { code, err } = this.#ctr('tasks', 'kill', '--signal', 'SIGKILL', id);
    if (code !== 0) throw new Error(err);
  }

  /** Waits for a program to come up. @throws Error with the end of its log, after two minutes */
  async until(program: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 120_000;
    while (!holds()) {
      if (performance.now() > deadline)
        throw new Error(`${program} of ${this.name} does not come up: ${this.#log(program)}`);
      await sleep(200);
    }
  }

  get #places(): Places {
    const { keys, parts } = this.#shared;
    return { ...this.#names, state: this.#state, keys, packages: parts.packages, group: this.#namespaces.group };
  }

  #ctr(...args: string[]): Result {
    return this.run(['ctr', '--address', join(this.#state, 'containerd.sock'), '--namespace', 'k8s.io', ...args]);
  }

  #log(name: string): string {
    return output('tail', ['-n', '20', join(this.#state, `${name}.log`)]);
  }
}
