/**
 * What a cluster does with an overlay, on one machine: a Deployment whose pods are the real registry as processes, the few
 * paths of the Kubernetes API that a collection asks, and a Service that sends to the pods that are ready. The Deployment
 * is rolled as the cluster's controller does it (one more pod, none fewer), and what dies is started again.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, EnvVar } from 'kubernetes-types/core/v1';
import { type KubernetesObject, podSpecOf } from '../../../generator/model/index.js';
import { LocalDeployment } from './deployment.js';
import { Processes, until } from '../processes.js';
import type { RedisPods } from './redis-pods.js';

const TOKEN = 'of-the-collector';
/** Milliseconds that a pod still gets requests after it left the Service. */
const PRE_STOP = 100;
/** Seconds without a word after which a collection counts as dead: a minute in a cluster. */
const SILENCE = 2;

interface Pod {
  name: string;
  /** Variables that the template had beyond those of the overlay. */
  env: EnvVar[];
  address: string | undefined;
  child: ChildProcess | undefined;
  /** Its sidecar. */
  redis: RedisPods | undefined;
  leaving: boolean;
  /** When its registry runs no more, and will not be started again. */
  ended: Promise<void>;
}

export class LocalCluster {
  readonly deployment: LocalDeployment;
  readonly processes = new Processes();
  readonly pods: Pod[] = [];
  /** Of every API call: method, path, status. */
  readonly calls: string[] = [];
  /** What a pod has to finish its requests. */
  graceMilliseconds = 5000;
  /** Whether a Redis that dies is not started again. */
  isRedisAway = false;
  /** Whether the API server answers nobody. */
  isApiAway = false;
  #env: EnvVar[] = [];
  #generation = 1;
  #observed = 1;
  #lock: { version: number; data: Record<string, string> } = { version: 1, data: {} };
  #started = 0;
  #stopped = false;
  #next = 0;
  /** The paths of the Kubernetes API that a collection asks. */
  readonly #api: Server = createServer(
    { keepAliveTimeout: 60_000 },
    (incoming, answer) => void this.#answer(incoming, answer),
  );
  #loop: Promise<void> = Promise.resolve();
  readonly #replicas: number;

  /**
   * @param yaml registry.yaml, with one overlay called `it`
   * @param program the registry to run
   * @param environment what the Secret takes from the environment
   */
  constructor(yaml: string, program: string, environment: Record<string, string> = {}) {
    this.deployment = new LocalDeployment(yaml, program, environment);
    this.#replicas = (
      this.#object('Deployment', 'registry') as unknown as { spec: { replicas: number } }
    ).spec.replicas;
    mkdirSync(this.#account);
    writeFileSync(join(this.#account, 'token'), TOKEN);
    writeFileSync(join(this.#account, 'namespace'), 'registry');
  }

  async start(): Promise<void> {
    if (this.deployment.sharesRedis) {
      await this.deployment.redisPods!.reserve();
      await this.deployment.redisPods!.start();
      this.#keep(this.deployment.redisPods!, () => true);
    }
    await new Promise<void>((resolve) => this.#api.listen(0, '127.0.0.1', resolve));
    this.#loop = this.#reconcile();
    await until('the registry is rolled out', () => this.#ready().length === this.#replicas, 20_000);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    this.#api.close();
    this.#api.closeAllConnections();
    await this.processes.stop();
    await this.deployment.stop();
  }

  get #account(): string {
    return join(this.deployment.folder, 'account');
  }

  /** Whether the registry is meant to be read-only. */
  get isClosed(): boolean {
    return this.#env.length > 0;
  }

  /** Who holds the lock of collections; empty for nobody. */
  get lockHolder(): string {
    return this.#lock.data['holder'] ?? '';
  }

  /** Whether every pod takes writes and is ready. */
  get isOpen(): boolean {
    return (
      !this.isClosed &&
      this.pods.every(({ env, leaving }) => env.length === 0 && !leaving) &&
      this.#ready().length === this.#replicas
    );
  }

  /** Sets or removes variables, as someone else than the collector may do. */
  setEnv(env: EnvVar[]): void {
    this.#env = env;
    this.#generation++;
  }

  /** Replaces the pods, as for a new image. */
  async roll(): Promise<void> {
    const old = [...this.pods];
    for (const pod of old) pod.env = [...pod.env, { name: 'OLD', value: 'yes' }];
    this.#generation++;
    await until(
      'the pods are replaced',
      () => old.every((pod) => !this.pods.includes(pod)) && this.#ready().length === this.#replicas,
      30_000,
    );
  }

  /** @returns the container that a CronJob of the overlay runs. */
  container(cronJob: 'registry-gc' | 'registry-gc-recover'): Container {
    return podSpecOf(this.#object('CronJob', cronJob))!.containers[0]!;
  }

  /** The command of the registry's own collector as upstream's documentation runs it, with the paths of this machine. */
  collectorCommand(...flags: string[]): string[] {
    const { args } = this.container('registry-gc');
    return [...this.#local(args!.slice(args!.indexOf('--') + 1).filter((word) => word !== '--dry-run')), ...flags];
  }

  /**
   * Starts what a CronJob runs: its container's command and environment, with the addresses and paths of this machine.
   *
   * @param options of the collector's program, which win over the overlay's
   * @param command instead of the registry's own collector
   */
  startJob(
    cronJob: 'registry-gc' | 'registry-gc-recover',
    { options = [], command }: { options?: string[]; command?: string[] } = {},
  ): ReturnType<Processes['start']> {
    mkdirSync(join(this.deployment.volume, 'data'), { recursive: true });
    const container = this.container(cronJob);
    const [, ...script] = this.#local(container.command!);
    const args = this.#local(container.args!);
    const { port } = this.#api.address() as AddressInfo;
    const place = [
      '--api',
      `http://127.0.0.1:${port}`,
      '--account',
      this.#account,
      '--silence',
      String(SILENCE),
      '--settle',
      '0',
      '--grace',
      '0',
      ...options,
    ];
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    const { NODE_EXTRA_CA_CERTS: _, ...env } = this.deployment.environment(container);
    return this.processes.start(
      process.execPath,
      [...script, ...args.slice(0, end), ...place, ...(command ? ['--', ...command] : args.slice(end))],
      env,
      { group: true },
    );
  }

  #local(words: string[]): string[] {
    return words.map((word) => {
      const redis = /^registry-redis-(\d+)\.registry-redis:6379$/.exec(word);
      if (redis) return `127.0.0.1:${this.deployment.redisPorts[Number(redis[1])]}`;
      if (word === '/collector/retention.json') return this.#retention();
      if (word.endsWith('/config.yml')) return this.deployment.configFile(-1, '127.0.0.1:1');
      return this.deployment.local(word);
    });
  }

  /** Writes the rules of retention, as the ConfigMap brings them, and @returns where. */
  #retention(): string {
    const file = 'retention.json';
    const texts = this.deployment.objects.flatMap((object) => {
      const { data } = object as { data?: Record<string, string> };
      return object.kind === 'ConfigMap' && data?.[file] !== undefined ? [data[file]] : [];
    });
    const path = join(this.deployment.folder, file);
    writeFileSync(path, texts[0]!);
    return path;
  }

  #object(kind: string, name: string): KubernetesObject {
    return this.deployment.objects.find((object) => object.kind === kind && object.metadata.name === name)!;
  }

  #ready(): Pod[] {
    return this.pods.filter(({ address, leaving }) => address !== undefined && !leaving);
  }

  /** @returns the address of the next pod that is ready, as the Service takes one after the other. @throws where there is none */
  next(): string {
    const ready = this.#ready();
    if (ready.length === 0) throw new Error('no pod is ready');
    return ready[this.#next++ % ready.length]!.address!;
  }

  /** The Deployment's controller and the kubelet. */
  async #reconcile(): Promise<void> {
    while (!this.#stopped) {
      this.#observed = this.#generation;
      const present = this.pods.filter(({ leaving }) => !leaving);
      const current = present.filter(({ env }) => isSame(env, this.#env));
      const old = present.filter((pod) => !current.includes(pod));
      if (current.length < this.#replicas && present.length <= this.#replicas) this.#startPod();
      else if (old.length > 0 && this.#ready().length > this.#replicas) void this.#stopPod(old[0]!);
      // What is no longer wanted and not ready holds up nothing.
      for (const pod of old.filter(({ address }) => address === undefined)) void this.#stopPod(pod);
      await sleep(20);
    }
  }

  #startPod(): void {
    const pod: Pod = {
      name: `registry-${this.#started++}`,
      env: [...this.#env],
      address: undefined,
      child: undefined,
      redis: undefined,
      leaving: false,
      ended: Promise.resolve(),
    };
    this.pods.push(pod);
    pod.ended = this.#run(pod, this.#started);
  }

  /** @returns every container of every Redis that runs. */
  redisProcesses(): [name: string, child: ChildProcess][] {
    const all = [
      ...(this.deployment.sharesRedis ? [this.deployment.redisPods!] : []),
      ...this.pods.flatMap(({ redis }) => redis ?? []),
    ];
    return all.flatMap((redis) => redis.containers.map(({ name, child }): [string, ChildProcess] => [name, child]));
  }

  /** Starts the containers of a Redis again when they die, until it is not wanted any more. */
  #keep(redis: RedisPods, isWanted: () => boolean): void {
    for (const { name, ordinal } of redis.containers) {
      void (async () => {
        for (;;) {
          await exitOf(redis.process(ordinal, name));
          await sleep(100);
          if (this.#stopped || !isWanted() || this.isRedisAway) return;
          await redis.restart(ordinal, name).catch(() => {});
        }
      })();
    }
  }

  async #run(pod: Pod, index: number): Promise<void> {
    if (this.deployment.redisContainer && !this.deployment.sharesRedis) {
      const redis = this.deployment.makeRedis(join(this.deployment.folder, pod.name));
      await redis.reserve();
      await redis.start();
      this.#keep((pod.redis = redis), () => !pod.leaving);
    }
    const variables = Object.fromEntries(pod.env.map(({ name, value }) => [name, value ?? '']));
    while (!this.#stopped && !pod.leaving) {
      const { address, exited } = await this.deployment.startRegistry(
        index,
        variables,
        pod.redis,
        (child) => (pod.child = child),
      );
      if (isAlive(pod.child!)) pod.address = address;
      await exited;
      pod.address = undefined;
      if (!pod.leaving) await sleep(100);
    }
  }

  async #stopPod(pod: Pod): Promise<void> {
    pod.leaving = true;
    await sleep(PRE_STOP);
    pod.child?.kill('SIGTERM');
    const killer = setTimeout(() => pod.child?.kill('SIGKILL'), this.graceMilliseconds);
    await pod.ended;
    clearTimeout(killer);
    await pod.redis?.kill(0);
    this.pods.splice(this.pods.indexOf(pod), 1);
  }

  async #answer(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.isApiAway) return void incoming.socket.destroy();
    const { pathname } = new URL(incoming.url!, 'http://api');
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    const [status, content] = this.#resource(incoming, pathname, body);
    this.calls.push(`${incoming.method} ${pathname} ${status}`);
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  }

  #resource({ method, headers }: IncomingMessage, path: string, body: any): [status: number, content: object] {
    if (headers.authorization !== `Bearer ${TOKEN}`) return [401, { message: 'Unauthorized' }];
    switch (`${method} ${path}`) {
      case 'GET /apis/apps/v1/namespaces/registry/deployments/registry':
        return [200, this.#deploymentObject()];
      case 'PATCH /apis/apps/v1/namespaces/registry/deployments/registry': {
        const [patch] = body.spec.template.spec.containers as { env: (EnvVar & { $patch?: string })[] }[];
        const names = new Set(patch!.env.map(({ name }) => name));
        const env = [
          ...this.#env.filter(({ name }) => !names.has(name)),
          ...patch!.env.filter(({ $patch }) => $patch !== 'delete'),
        ];
        if (!isSame(env, this.#env)) this.setEnv(env);
        return [200, this.#deploymentObject()];
      }
      case 'GET /api/v1/namespaces/registry/pods':
        return [
          200,
          {
            items: this.pods.map(({ name, env }) => ({
              metadata: { name },
              spec: { containers: [{ name: 'registry', env }] },
              status: { phase: 'Running' },
            })),
          },
        ];
      case 'PATCH /api/v1/namespaces/registry/configmaps/registry-gc-lock':
        if (body.metadata.resourceVersion !== String(this.#lock.version))
          return [409, { message: 'the object has been modified' }];
        this.#lock = { version: this.#lock.version + 1, data: { ...this.#lock.data, ...body.data } };
      // falls through
      case 'GET /api/v1/namespaces/registry/configmaps/registry-gc-lock':
        return [200, { metadata: { resourceVersion: String(this.#lock.version) }, data: this.#lock.data }];
      default:
        return [404, { message: `${method} ${path} is nothing that the Role allows` }];
    }
  }

  #deploymentObject(): object {
    const present = this.pods.filter(({ leaving }) => !leaving);
    return {
      metadata: { generation: this.#generation },
      spec: {
        replicas: this.#replicas,
        selector: { matchLabels: { app: 'registry' } },
        template: { spec: { containers: [{ name: 'registry', env: this.#env }] } },
      },
      status: {
        observedGeneration: this.#observed,
        replicas: present.length,
        updatedReplicas: present.filter(({ env }) => isSame(env, this.#env)).length,
        availableReplicas: this.#ready().length,
      },
    };
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function exitOf(child: ChildProcess): Promise<unknown> {
  return isAlive(child) ? new Promise((resolve) => child.once('exit', resolve)) : Promise.resolve();
}

function isSame(a: EnvVar[], b: EnvVar[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
