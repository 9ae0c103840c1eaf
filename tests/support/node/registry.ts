/** The registry on a real node: an overlay is applied as a user does, and reached as clients do. */
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import type { KubernetesObject } from '../../../generator/model/index.js';
import { buildVariant } from '../../../generator/plan/index.js';
import { Cluster, type ClusterOptions } from '../../../scripts/cluster/cluster.js';
import type { Result } from '../../../scripts/cluster/node-programs.js';
import { findParts, PARTS_FOLDER } from '../../../scripts/cluster/parts.js';
import { PROGRAM, run } from '../cli.js';
import { configOf, shipped } from '../config.js';
import { withFolder, writeFiles } from '../folder.js';
import { until } from '../processes.js';
import { findProgram, testWith } from '../tools.js';
import { forwardFromPod } from './clients-pod.js';
import { PASSWORD, USER } from '../cluster/deployment.js';
import { definitionOf, isOfGke } from './kinds.js';
import { Load, type Rules } from '../cluster/load.js';
import { containerOf, type Pod } from './pods.js';

export const NAMESPACE = 'registry';
/** Of the user of all containers. */
export const UID = 10001;
/** Milliseconds between two looks: each takes kubectl a tenth of a second of a processor, which the clients need. */
const LOOKS = 500;

/** What a node is made of. KUBERNETES=v1.32.9 in the environment runs the suites on another one, if that is built. */
export const parts = findParts(PARTS_FOLDER, process.env['KUBERNETES']);

/** Whether a node can be started here. */
export const hasNode = parts !== undefined && process.getuid?.() === 0 && findProgram('kubectl') !== undefined;

/** @param found whether all is there that it needs @returns what defines a test that needs a node: skipped by name where there can be none, failed there in CI */
export const onNode =
  (test: Test, found = hasNode) =>
  (name: string, run: () => unknown): void =>
    testWith(test, 'root, kubectl or the parts of a node', found, name, run);

export class NodeRegistry {
  readonly node: Cluster;
  readonly #hasOthers: boolean;
  /** Address in the cluster -> on this machine. */
  readonly #addresses = new Map<string, string>();

  constructor(options: ClusterOptions = {}) {
    this.node = new Cluster(parts!, PARTS_FOLDER, options);
    this.#hasOthers = (options.nodes ?? 1) > 1;
  }

  /** Starts the node, with what the shipped tree asks of a cluster: its namespace, its Secret, a volume, and the kinds of GKE. */
  async start(): Promise<void> {
    await this.startEmpty();
    this.#makeVolume();
    this.node.must('apply', '--filename', 'base/namespace.yaml');
    this.node.apply([this.secret()]);
  }

  /** Starts the node, with the kinds of GKE alone. */
  async startEmpty(): Promise<void> {
    await this.node.up();
    await this.node.enforcePolicies();
    this.node.apply(this.objects('tls').filter(isOfGke).map(definitionOf));
  }

  /** @returns the Secret with the login of the clients @throws Error with what the program says, where it fails */
  secret(): object {
    const args = ['htpasswd', USER, '--overlay', 'statefulset-redis', '--cost', '4'];
    const { code, out, err } = run(resolve('.'), args, `${PASSWORD}\n`);
    if (code !== 0) throw new Error(err);
    return parse(out) as object;
  }

  #makeVolume(): void {
    mkdirSync(this.images());
    chownSync(this.images(), UID, UID);
    const claim = this.objects('tls').find(({ kind }) => kind === 'PersistentVolumeClaim')!;
    const { accessModes, storageClassName, resources } = (claim as unknown as PersistentVolumeClaim).spec!;
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'images' },
      spec: { accessModes, storageClassName, capacity: resources!.requests, hostPath: { path: this.images() } },
    };
    this.node.apply([volume]);
  }

  /** @returns the folder of the volume */
  images(): string {
    return join(this.node.data, 'images');
  }

  /** Runs registry-gitops in a folder, as an administrator of the cluster. */
  program(folder: string, ...args: string[]): Result {
    const words = ['env', `--chdir=${folder}`, `KUBECONFIG=${this.node.kubeconfig}`, process.execPath, PROGRAM];
    return this.node.run(...words, ...args);
  }

  stop(): Promise<void> {
    return this.node.down();
  }

  /** @param yaml of the registry.yaml that has the overlay */
  objects(overlay: string, yaml = shipped): KubernetesObject[] {
    return buildVariant(configOf(yaml), overlay, 'registry.yaml');
  }

  /** Applies an overlay of the shipped tree, or of one in another folder, and waits until all of it is ready. @returns what kubectl says on standard error @throws Error with the state of the pods */
  apply(overlay: string, folder = '.'): string {
    const { code, err } = this.node.kubectl('apply', '--kustomize', join(folder, 'overlays', overlay));
    if (code !== 0) throw new Error(err);
    for (const workload of this.#workloads(overlay, folder)) this.rolledOut(workload);
    return err;
  }

  /** Applies an overlay of the shipped registry.yaml with other fields at the top, and waits until all of it is ready. */
  applyWith(fields: object, overlay: string): Promise<string> {
    return this.applyYaml(stringify({ ...(parse(shipped) as object), ...fields }), overlay);
  }

  /** Applies an overlay of a registry.yaml, and waits until all of it is ready. @returns what kubectl says on standard error */
  applyYaml(yaml: string, overlay: string): Promise<string> {
    return withFolder((folder) => {
      writeFiles(folder, [['registry.yaml', yaml]]);
      const { code, err } = run(folder, ['generate']);
      if (code !== 0) throw new Error(err);
      return this.apply(overlay, folder);
    });
  }

  /** Whether all workloads of an overlay are as their specification. */
  isReady(overlay: string): boolean {
    return this.#workloads(overlay).every((workload) => this.isRolledOut(workload));
  }

  #workloads(overlay: string, folder = '.'): string[] {
    return this.objects(overlay, readFileSync(join(folder, 'registry.yaml'), 'utf8'))
      .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
      .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
  }

  /** Runs kubectl in the registry's namespace. @throws Error with what it says, where it fails */
  kubectl(...args: string[]): string {
    return this.node.must('--namespace', NAMESPACE, ...args);
  }

  /** Waits until a workload is as its specification. @throws Error with the state of the pods, after five minutes */
  rolledOut(workload: string): void {
    try {
      this.kubectl('rollout', 'status', workload, '--timeout=300s');
    } catch (error) {
      throw new Error(
        `${(error as Error).message}\n${this.kubectl('get', 'pods', '--output=wide')}\n${this.kubectl('get', 'events')}`,
        { cause: error },
      );
    }
  }

  /** Whether a workload is as its specification. */
  isRolledOut(workload: string): boolean {
    const args = ['--namespace', NAMESPACE, 'rollout', 'status', workload, '--watch=false'];
    return /successfully rolled out|rolling update complete|roll out complete/.test(this.node.kubectl(...args).out);
  }

  /** Waits for something, while clients go on: kubectl's own wait would stop this process. */
  async until(what: string, holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
    await until(what, holds, seconds * 1000, () => this.kubectl('get', 'pods', '--output=wide'), LOOKS);
  }

  /** @returns the pods of a component that stay */
  pods(component: string): Pod[] {
    const selector = `--selector=app.kubernetes.io/component=${component}`;
    const { items } = JSON.parse(this.kubectl('get', 'pods', selector, '--output=json')) as { items: Pod[] };
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** @returns where a client on this machine reaches the registry's Service */
  async address(): Promise<string> {
    const service = JSON.parse(this.kubectl('get', 'service', 'registry', '--output=json')) as {
      spec: { clusterIP: string; ports: { port: number }[] };
    };
    const { clusterIP, ports } = service.spec;
    const known = this.#addresses.get(clusterIP);
    if (known) return known;
    const port = this.#hasOthers
      ? await forwardFromPod(this.node, clusterIP, ports[0]!.port)
      : await this.node.forward(clusterIP, ports[0]!.port);
    const address = `127.0.0.1:${port}`;
    this.#addresses.set(clusterIP, address);
    return address;
  }

  /** Starts clients of the registry. */
  async startLoad(clients: Parameters<Load['start']>[0], rules?: Rules): Promise<Load> {
    const address = await this.address();
    const load = new Load(() => address, rules);
    load.start(clients);
    return load;
  }

  /** Waits until more than 20 images are pushed. */
  async pushesGoOn({ books }: Load, seconds = 60): Promise<void> {
    const { pushed } = books;
    await this.until('pushes go on', () => books.pushed > pushed + 20, seconds);
  }

  /** Pulls each image whose push was acknowledged, and prints how many those are. @throws AssertionError where one is lost, or too few are left to say so */
  async noneLost(load: Load): Promise<void> {
    const { pushed, deleted, pulled, live } = load.books;
    const lost = await load.lost();
    console.log(`${pushed} pushed, ${deleted} deleted, ${pulled} pulled, ${lost.length} of ${live.size} lost`);
    assert.ok(live.size >= 40);
    assert.equal(lost, []);
  }

  /** @returns what the pods of a Job have printed; empty before one runs */
  logs(job: string): string {
    return this.node.kubectl('--namespace', NAMESPACE, 'logs', `job/${job}`, '--all-containers').out;
  }

  /** Kills the first process of a container, as where it runs out of memory. */
  killContainer(pod: Pod, name: string): void {
    this.node.killContainer(containerOf(pod, name).containerID!.replace('containerd://', ''), pod.spec.nodeName);
  }

  /** @returns why a container of a pod ended the last time; undefined where it never did */
  lastEnd(pod: Pod, name: string): string | undefined {
    return containerOf(pod, name).lastState.terminated?.reason;
  }

  /** @returns when a container of a pod started; undefined where it does not run */
  startOf(pod: string, name: string): string | undefined {
    const read = JSON.parse(this.kubectl('get', 'pod', pod, '--output=json')) as Pod;
    return containerOf(read, name).state.running?.startedAt;
  }
}
