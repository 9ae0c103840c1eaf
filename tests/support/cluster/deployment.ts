/**
 * Runs an overlay without a cluster: the real registry and Redis as processes, with the configuration, arguments and
 * environment that the finished objects give them. Nothing is changed but addresses and paths.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, EnvVar, PodSpec } from 'kubernetes-types/core/v1';
import { parse } from 'yaml';
import { type KubernetesObject, podSpecOf } from '../../../generator/model/index.js';
import { buildVariant } from '../../../generator/plan/index.js';
import { run } from '../cli.js';
import { configOf, only } from '../config.js';
import { scratch } from '../folder.js';
import { freePort, Processes, until } from '../processes.js';
import { RedisPods } from './redis-pods.js';

/** The collector's program, as ConfigMaps bring it. */
const COLLECTOR = join(import.meta.dirname, '../../../generator/generated/collector');

export const USER = 'alice';
export const PASSWORD = 'correct horse';
/** The header that logs in. */
export const AUTHORIZATION = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

export class LocalDeployment {
  readonly folder = mkdtempSync(join(scratch(), 'registry-gitops-e2e-'));
  /** Stands for the mounted volume. */
  readonly volume = join(this.folder, 'volume');
  readonly processes = new Processes();
  readonly secret: Record<string, string>;
  readonly objects: KubernetesObject[];
  /** Address of each replica. */
  readonly replicas: string[] = [];
  /** Address of each replica's debug server, where metrics are on. */
  readonly debugServers: string[] = [];
  /** What each replica has printed. */
  readonly logs: (() => string)[] = [];
  /** Undefined where there is no Redis. Where it is a sidecar, one that all replicas share here. */
  readonly redisPods: RedisPods | undefined;
  readonly program: string;

  /**
   * @param yaml registry.yaml, with one overlay called `it`
   * @param program the registry to run
   * @param environment what the Secret takes from the environment
   */
  constructor(yaml: string, program: string, environment: Record<string, string> = {}) {
    this.program = program;
    this.objects = buildVariant(configOf(yaml), 'it', 'registry.yaml');
    mkdirSync(this.volume);
    writeFileSync(join(this.folder, 'registry.yaml'), yaml);
    // Each request pays for the check of the password: with the usual cost a load would wait for nothing else.
    const printed = run(
      this.folder,
      ['htpasswd', USER, '--overlay', 'it', '--cost', '4'],
      `${PASSWORD}\n`,
      environment,
    );
    this.secret = (parse(printed.out) as { stringData: Record<string, string> }).stringData;
    writeFileSync(join(this.folder, 'htpasswd'), this.secret['htpasswd']!);
    this.redisPods = this.redisContainer && this.makeRedis(this.folder);
  }

  /** Starts Redis, unless it is to be gone, then so many replicas. */
  async start(replicas: number, withRedis = true): Promise<void> {
    await this.redisPods?.reserve();
    if (withRedis) await this.redisPods?.start();
    for (let index = 0; index < replicas; index++) await this.#startReplica(index);
  }

  async stop(): Promise<void> {
    await this.processes.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Port of each Redis, the primary first. */
  get redisPorts(): readonly number[] {
    return this.redisPods?.ports ?? [];
  }

  get pod(): PodSpec {
    return podSpecOf(only(this, 'Deployment'))!;
  }

  /** @returns a container's environment, with the Secret's values filled in as the kubelet would. */
  environment({ env = [] }: Container, podName = ''): Record<string, string> {
    const value = ({ value, valueFrom }: EnvVar): string => {
      if (valueFrom?.secretKeyRef) return this.secret[valueFrom.secretKeyRef.key]!;
      if (valueFrom?.fieldRef?.fieldPath === 'metadata.name') return podName;
      return value ?? '';
    };
    return Object.fromEntries(env.map((variable) => [variable.name, value(variable)]));
  }

  /** Runs the collector as the CronJob would that only reports, on config.yml of the first replica. */
  async collect(): Promise<{ code: number | null; output: string }> {
    const [container] = podSpecOf(only(this, 'CronJob'))!.containers;
    const [, ...script] = container!.command!;
    const words = [...script, ...container!.args!].map((word) =>
      word.endsWith('/config.yml') ? join(this.folder, 'config-0.yml') : this.local(word),
    );
    const { exited, log } = this.processes.start(process.execPath, words, this.environment(container!));
    return { code: await exited, output: log() };
  }

  /** @returns a word of a collector's command with the path that it has here */
  local(word: string): string {
    if (word === '/tools/registry') return this.program;
    if (word === '/var/lib/registry') return join(this.volume, 'data');
    return word.replace(/^\/collector\//, `${COLLECTOR}/`);
  }

  /** Runs the command of a probe of Redis against the one on this port. */
  probeRedis(port: number, password?: string): boolean {
    return this.#probe(this.redisContainer!, port, password);
  }

  #probe(container: Container, port: number, password?: string): boolean {
    const [program, ...args] = container.startupProbe!.exec!.command!;
    const env = { ...this.environment(container), ...(password === undefined ? {} : { REDISCLI_AUTH: password }) };
    // Of several ports the last counts.
    const { status } = spawnSync(program!, [...args.slice(0, -1), '-p', String(port), args.at(-1)!], {
      env: { PATH: process.env['PATH']!, ...env },
      timeout: 5000,
    });
    return status === 0;
  }

  /** Asks Redis, logged in as its probe is. */
  redis(port: number, ...command: string[]): string {
    const env = { PATH: process.env['PATH']!, ...this.environment(this.redisContainer!) };
    return spawnSync('redis-cli', ['-p', String(port), ...command], { env, encoding: 'utf8', timeout: 5000 }).stdout;
  }

  /** Undefined where there is no Redis. */
  get redisContainer(): Container | undefined {
    const statefulSet = this.objects.find(({ kind }) => kind === 'StatefulSet');
    return statefulSet
      ? podSpecOf(statefulSet)!.containers[0]
      : this.pod.initContainers?.find(({ name }) => name === 'redis');
  }

  #configMap(prefix: string): Record<string, string> {
    const found = this.objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith(prefix));
    return (found as unknown as { data: Record<string, string> }).data;
  }

  /** Whether all replicas share one Redis. */
  get sharesRedis(): boolean {
    return this.objects.some(({ kind }) => kind === 'StatefulSet');
  }

  /** @returns the Redis of the overlay, or of one pod where it is a sidecar. @param folder where it has its files */
  makeRedis(folder: string): RedisPods {
    const statefulSet = this.objects.find(({ kind }) => kind === 'StatefulSet') as
      | (KubernetesObject & { spec: { replicas: number } })
      | undefined;
    return new RedisPods({
      folder,
      processes: this.processes,
      pod: statefulSet ? podSpecOf(statefulSet)! : this.pod,
      names: Array.from({ length: statefulSet?.spec.replicas ?? 0 }, (_, ordinal) => `registry-redis-${ordinal}`),
      files: statefulSet ? this.#configMap('registry-redis-') : {},
      environment: (container, podName) => this.environment(container, podName),
      probe: (container, port) => this.#probe(container, port),
    });
  }

  async #startReplica(index: number): Promise<void> {
    const { address, log } = await this.startRegistry(index);
    this.replicas.push(address);
    this.logs.push(log);
  }

  /**
   * Starts a registry as the pod's container says.
   *
   * @param index unlike that of any other: its config.yml is named after it
   * @param variables what its environment has beyond that of the container
   * @param redis what it uses
   * @param onStart is given the process before it is ready
   * @returns once it is ready, or has exited
   */
  async startRegistry(
    index: number,
    variables: Record<string, string> = {},
    redis = this.redisPods,
    onStart: (child: ChildProcess) => void = () => {},
  ): Promise<{ address: string; child: ChildProcess; exited: Promise<number | null>; log: () => string }> {
    const address = `127.0.0.1:${await freePort()}`;
    const debugServer = `127.0.0.1:${await freePort()}`;
    const config = this.configFile(index, address, redis, debugServer);
    const [container] = this.pod.containers;
    const args = container!.args!.map((arg) => (arg.endsWith('/config.yml') ? config : arg));
    const started = this.processes.start(this.program, args, { ...this.environment(container!), ...variables });
    onStart(started.child);
    const ready = until(
      'the registry is ready',
      async () =>
        (await fetch(`http://${address}/`)).status === 200 ||
        started.child.exitCode !== null ||
        started.child.signalCode !== null,
      10_000,
      started.log,
    );
    await Promise.race([ready, started.exited]);
    return { address, ...started };
  }

  /** Writes the overlay's config.yml with the addresses and paths of this machine, and @returns its path. */
  configFile(index: number, address: string, redis = this.redisPods, debugServer = '127.0.0.1:1'): string {
    const config = join(this.folder, `config-${index}.yml`);
    const text = this.#configMap('registry-config-')
      ['config.yml']!.replace('addr: :5000', `addr: ${address}`)
      .replace('addr: 127.0.0.1:5002', `addr: ${debugServer}`)
      .replace('/var/lib/registry', join(this.volume, 'data'))
      .replace('/etc/registry-auth/htpasswd', join(this.folder, 'htpasswd'));
    writeFileSync(config, redis?.local(text) ?? text);
    if (text.includes(debugServer)) this.debugServers.push(debugServer);
    return config;
  }
}
