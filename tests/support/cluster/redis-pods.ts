/** The pods of an overlay's Redis as processes: those of its StatefulSet with their Sentinels, or the sidecar's part of the registry's pod. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type Processes, until } from '../processes.js';
import { findProgram } from '../tools.js';

/** What the pods are made of. */
interface Parts {
  folder: string;
  processes: Processes;
  /** Where Redis runs; the sidecar is an init container. */
  pod: PodSpec;
  /** Names of the pods; empty for a sidecar. */
  names: string[];
  /** The ConfigMap that they mount. */
  files: Record<string, string>;
  environment: (container: Container, podName: string) => Record<string, string>;
  /** Runs the command of a container's probe with its environment. */
  probe: (container: Container, port: number) => boolean;
}

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
const NAME = /\b([\w-]+-redis-\d+)\.[\w-]+-redis(?:([: ])(\d+))?\b/g;

export class RedisPods {
  /** Port of each Redis, the first primary first. */
  readonly ports: number[] = [];
  readonly sentinelPorts: number[] = [];
  readonly #parts: Parts;
  readonly #running = new Map<
    string,
    { child: ChildProcess; env: Record<string, string>; log: () => string; exited: Promise<number | null> }
  >();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get #containers(): Container[] {
    return this.#parts.names.length > 0
      ? this.#parts.pod.containers
      : [this.#parts.pod.initContainers!.find(({ name }) => name === 'redis')!];
  }

  /** Finds addresses for all of them; nothing listens there yet. */
  async reserve(): Promise<void> {
    for (let index = 0; index < Math.max(1, this.#parts.names.length); index++) {
      this.ports.push(await freePort());
      this.sentinelPorts.push(await freePort());
    }
  }

  /** Starts all containers of all pods, or of one. */
  async start(...ordinals: number[]): Promise<void> {
    const chosen = ordinals.length > 0 ? ordinals : this.ports.map((_, ordinal) => ordinal);
    for (const container of this.#containers) for (const ordinal of chosen) this.#start(container, ordinal);
    for (const container of this.#containers) for (const ordinal of chosen) await this.#answers(container, ordinal);
  }

  /** @returns a container's process. @param name redis or sentinel */
  process(ordinal: number, name = 'redis'): ChildProcess {
    return this.#running.get(`${name}-${ordinal}`)!.child;
  }

  log(ordinal: number, name = 'redis'): string {
    return this.#running.get(`${name}-${ordinal}`)!.log();
  }

  /** @returns every container that was started, by its pod. */
  get containers(): { name: string; ordinal: number; child: ChildProcess }[] {
    return this.#containers.flatMap(({ name }) =>
      this.ports.map((_, ordinal) => ({ name, ordinal, child: this.process(ordinal, name) })),
    );
  }

  /** Starts one container of a pod again, as the kubelet does, and waits until it answers. */
  async restart(ordinal: number, name: string): Promise<void> {
    const container = this.#containers.find((one) => one.name === name)!;
    this.#start(container, ordinal);
    await this.#answers(container, ordinal);
  }

  /**
   * Puts a new pod in the place of one, as a rolling restart does: with nothing of what the old one had.
   *
   * @param closed milliseconds in which its scripts reach no other pod, as where network policies take a while to know it
   */
  async replace(ordinal: number, closed = 0): Promise<void> {
    await this.kill(ordinal);
    rmSync(this.#folder(ordinal), { recursive: true, force: true });
    this.setClosed(ordinal, closed > 0);
    const opened = sleep(closed).then(() => this.setClosed(ordinal, false));
    await this.start(ordinal);
    await opened;
  }

  /** Cuts the scripts of a pod off from the others. */
  setClosed(ordinal: number, closed: boolean): void {
    const file = join(this.#folder(ordinal), 'closed');
    mkdirSync(this.#folder(ordinal), { recursive: true });
    if (closed) writeFileSync(file, '');
    else rmSync(file, { force: true });
  }

  /** @returns a folder with a redis-cli that reaches no other pod while it is closed. */
  #bin(ordinal: number): string {
    const bin = join(this.#folder(ordinal), 'bin');
    // What runs cannot be written to.
    if (existsSync(bin)) return bin;
    mkdirSync(bin, { recursive: true });
    const own = [this.ports, this.sentinelPorts].map((ports) => `*"-p ${ports[ordinal]} "*`).join(' | ');
    const script = [
      '#!/bin/sh',
      `case "$* " in ${own}) ;; *) [ ! -e ${join(this.#folder(ordinal), 'closed')} ] || exit 1 ;; esac`,
      `exec ${findProgram('redis-cli')} "$@"`,
      '',
    ].join('\n');
    writeFileSync(join(bin, 'redis-cli'), script, { mode: 0o755 });
    return bin;
  }

  /** Whether the containers of a pod are ready, by their own probes. */
  isReady(ordinal: number): boolean {
    return this.#containers.every(({ name, readinessProbe }) => {
      const { env } = this.#running.get(`${name}-${ordinal}`)!;
      const [program, ...args] = readinessProbe!.exec!.command!.map((word) => this.#inPod(word, ordinal));
      return spawnSync(program!, args, { env, timeout: 5000 }).status === 0;
    });
  }

  /** Runs what a pod's Redis does before its pod ends. */
  leave(ordinal: number): void {
    const { env } = this.#running.get(`redis-${ordinal}`)!;
    const { lifecycle } = this.#containers.find(({ name }) => name === 'redis')!;
    const [program, ...args] = lifecycle!.preStop!.exec!.command!.map((word) => this.#inPod(word, ordinal));
    spawnSync(program!, args, { env, timeout: 30_000 });
  }

  /** Kills all containers of a pod, or one. */
  async kill(ordinal: number, names = this.#containers.map(({ name }) => name)): Promise<void> {
    for (const name of names) {
      const { child, exited } = this.#running.get(`${name}-${ordinal}`)!;
      this.#parts.processes.kill(child);
      await exited;
    }
  }

  /** @returns a text with addresses of this machine in the place of the pods' names. */
  local(text: string): string {
    const named = text.replace(NAME, (_, name: string, separator = '', port = '') => {
      const ordinal = this.#parts.names.indexOf(name);
      return `127.0.0.1${separator}${port && this.#port(Number(port), ordinal)}`;
    });
    return named.replace(`127.0.0.1:${REDIS_PORT}`, `127.0.0.1:${this.ports[0]}`);
  }

  #port(port: number, ordinal: number): number {
    return port === SENTINEL_PORT ? this.sentinelPorts[ordinal]! : this.ports[ordinal]!;
  }

  /** As a pod sees it: what is mounted is in a folder of its own. */
  #inPod(text: string, ordinal: number): string {
    return this.local(text)
      .replace(/(?<![\w/.-])\/(etc\/redis|data|sentinel)\b/g, (path) => join(this.#folder(ordinal), path))
      .replace(new RegExp(`\\b(${REDIS_PORT}|${SENTINEL_PORT})\\b`, 'g'), (port) =>
        String(this.#port(Number(port), ordinal)),
      );
  }

  #folder(ordinal: number): string {
    return join(this.#parts.folder, `redis-${ordinal}`);
  }

  #start(container: Container, ordinal: number): void {
    const folder = this.#folder(ordinal);
    for (const path of ['etc/redis', 'data', 'sentinel']) mkdirSync(join(folder, path), { recursive: true });
    // Anew at each start, as a ConfigMap cannot be written to: the Sentinels have Redis rewrite its file. By a rename, as the
    // shell of another container reads its script while that runs.
    for (const [name, text] of Object.entries(this.#parts.files)) {
      const file = join(folder, 'etc/redis', name);
      writeFileSync(`${file}.new`, this.#inPod(text, ordinal));
      renameSync(`${file}.new`, file);
    }
    const env: Record<string, string> = { PATH: `${this.#bin(ordinal)}:${process.env['PATH']}` };
    const expanded = (text: string): string => text.replace(/\$\((\w+)\)/g, (_, name: string) => env[name]!);
    // A variable may name those before it.
    for (const [name, value] of Object.entries(this.#parts.environment(container, this.#parts.names[ordinal] ?? '')))
      env[name] = this.local(expanded(value));
    const [program, ...words] = [...container.command!, ...container.args!].map((word) =>
      this.#inPod(expanded(word), ordinal),
    );
    const started = this.#parts.processes.start(program!, words, env, { group: true });
    this.#running.set(`${container.name}-${ordinal}`, { ...started, env });
  }

  async #answers(container: Container, ordinal: number): Promise<void> {
    const port = container.name === 'sentinel' ? this.sentinelPorts[ordinal]! : this.ports[ordinal]!;
    await until(
      `${container.name} of pod ${ordinal} answers its own probe`,
      () => this.#parts.probe(container, port),
      40_000,
      () => this.log(ordinal, container.name),
    );
  }
}
