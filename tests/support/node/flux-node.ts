/** Flux on a real node: its source-controller and kustomize-controller, and what they say of what they sync. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fluxDefinitions, type FluxPrograms } from '../../../scripts/cluster/flux.js';
import { ADDRESS } from '../../../scripts/cluster/settings.js';
import { NAMESPACE, type NodeRegistry } from './registry.js';

/** Where the source-controller serves what it has fetched. */
const ARTIFACTS = `${ADDRESS}:9790`;
const REQUEST = 'reconcile.fluxcd.io/requestedAt';

/** The status of an object of Flux, as far as it is asked for here. */
export interface FluxStatus {
  conditions?: { type: string; status: string; reason: string; message: string }[];
  lastAppliedRevision?: string;
  lastAttemptedRevision?: string;
  lastHandledReconcileAt?: string;
  inventory?: { entries: { id: string }[] };
  artifact?: { revision: string };
}

export class FluxNode {
  readonly #registry: NodeRegistry;
  readonly #programs: FluxPrograms;
  #requests = 0;

  /** @param registry whose node is up */
  constructor(registry: NodeRegistry, programs: FluxPrograms) {
    this.#registry = registry;
    this.#programs = programs;
  }

  /** Installs Flux's kinds, and starts the controllers with the flags of a cluster that several teams share. @see https://fluxcd.io/flux/installation/configuration/multitenancy/ */
  start(): void {
    const { node } = this.#registry;
    for (const folder of fluxDefinitions()) node.must('apply', '--server-side', '--filename', folder);
    node.must('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
    const folder = join(node.data, 'flux');
    const storage = join(folder, 'artifacts');
    mkdirSync(storage, { recursive: true });
    const env = { RUNTIME_NAMESPACE: NAMESPACE, TMPDIR: folder };
    const start = (name: keyof FluxPrograms, port: number, ...flags: string[]): void =>
      node.startProgram(
        name,
        [
          this.#programs[name],
          '--enable-leader-election=false',
          `--metrics-addr=127.0.0.1:${port}`,
          `--health-addr=127.0.0.1:${port + 1}`,
          ...flags,
        ],
        env,
      );
    start(
      'source-controller',
      18080,
      `--storage-path=${storage}`,
      `--storage-addr=${ARTIFACTS}`,
      `--storage-adv-addr=${ARTIFACTS}`,
    );
    start(
      'kustomize-controller',
      18082,
      '--no-cross-namespace-refs=true',
      '--no-remote-bases=true',
      '--default-service-account=default',
    );
  }

  /** @returns the status of a Kustomization; empty before Flux has seen it */
  status(name: string): FluxStatus {
    return this.#status(`kustomization/${name}`);
  }

  /** Whether a Kustomization has applied a revision, and all that it watches is healthy. @param commit of the repository */
  hasApplied(name: string, commit: string): boolean {
    const { lastAppliedRevision = '', conditions = [] } = this.status(name);
    return lastAppliedRevision.endsWith(commit) && isTrue(conditions, 'Ready');
  }

  /** @returns why a Kustomization is as it is: the reason and the message of its readiness */
  why(name: string): string {
    const ready = this.status(name).conditions?.find(({ type }) => type === 'Ready');
    return ready ? `${ready.status} ${ready.reason}: ${ready.message}` : '';
  }

  /**
   * Fetches the source and applies it now, as `flux reconcile kustomization --with-source` does, and waits until it is done.
   *
   * @param name of the Kustomization @param source its GitRepository
   * @throws Error with what Flux says of it, after two minutes
   */
  async reconcile(name: string, source = name): Promise<void> {
    const token = `test-${++this.#requests}`;
    for (const object of [`gitrepository/${source}`, `kustomization/${name}`]) {
      this.#registry.kubectl('annotate', '--overwrite', object, `${REQUEST}=${token}`);
      const isHandled = (): boolean => this.#status(object).lastHandledReconcileAt === token;
      await this.until(`${object} is reconciled`, name, isHandled, 120);
    }
  }

  /** Waits for something that a Kustomization brings about. @throws Error with what Flux says of it */
  async until(what: string, name: string, holds: () => boolean, seconds: number): Promise<void> {
    try {
      await this.#registry.until(what, holds, seconds);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.why(name)}`, { cause: error });
    }
  }

  #status(object: string): FluxStatus {
    const text = this.#registry.kubectl('get', object, '--output=jsonpath={.status}');
    return text === '' ? {} : (JSON.parse(text) as FluxStatus);
  }
}

const isTrue = (conditions: NonNullable<FluxStatus['conditions']>, type: string): boolean =>
  conditions.some((condition) => condition.type === type && condition.status === 'True');
