/**
 * Argo CD on a real node: its application controller and repository server as processes in the node's namespaces, with Debian's
 * Redis and the administrator's rights. There is no server: what its API would do is written into the Application.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findArgoCd } from '../../../scripts/cluster/argo-cd.js';
import type { Cluster } from '../../../scripts/cluster/cluster.js';
import { PARTS_FOLDER } from '../../../scripts/cluster/parts.js';
import { until } from '../processes.js';

const NAMESPACE = 'argocd';
const REFRESH = 'argocd.argoproj.io/refresh';

const parts = findArgoCd(PARTS_FOLDER);

/** Whether Argo CD is built. */
export const hasArgoCd = parts !== undefined;

/** Of an Application, as far as it is asked for here. */
export interface Application {
  metadata: { annotations?: Record<string, string> };
  spec: { syncPolicy: { syncOptions: string[] } };
  operation?: object;
  status?: {
    sync?: { status: string; revision?: string };
    health?: { status: string };
    resources?: Resource[];
    conditions?: { type: string; message: string }[];
    /** Of syncs of everything; those of single objects are not in it. */
    history?: { id: number; revision: string }[];
    operationState?: { phase: string; message?: string; syncResult?: { revision: string } };
  };
}

interface Resource {
  kind: string;
  name: string;
  status?: string;
  health?: { status: string; message?: string };
}

export class ArgoCd {
  readonly #node: Cluster;
  readonly #folder: string;

  /** @param node is up when this is started, and ends what runs there */
  constructor(node: Cluster) {
    this.#node = node;
    this.#folder = join(node.data, 'argo-cd');
  }

  /** Installs the definitions of its kinds and its configuration, as they are shipped, and starts its programs. */
  async start(): Promise<void> {
    const { program, path, crds, config } = parts!;
    mkdirSync(this.#folder);
    this.#node.must('create', 'namespace', NAMESPACE);
    this.#node.must('apply', '--server-side', '--kustomize', crds);
    const served = (): boolean => this.#node.kubectl('get', 'applications,appprojects', '--all-namespaces').code === 0;
    await until('its kinds are served', served, 30_000);
    this.#kubectl('apply', '--kustomize', config);
    const redis = ['redis-server', '--bind', '127.0.0.1', '--port', '6379', '--save', '', '--dir', this.#folder];
    this.#node.startProgram('argo-cd-redis', redis);
    const env = {
      PATH: [...path, process.env['PATH']].join(':'),
      TMPDIR: this.#folder,
      // The cluster that it runs in is the one of KUBECONFIG.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_GPG_ENABLED: 'false',
      ARGOCD_ASK_PASS_SOCK: join(this.#folder, 'ask-pass.sock'),
    };
    const start = (name: string, ...args: string[]): void =>
      this.#node.startProgram(name, [program, name, '--redis=127.0.0.1:6379', '--loglevel=warn', ...args], env);
    start('argocd-repo-server', '--address=127.0.0.1', '--metrics-address=127.0.0.1');
    start(
      'argocd-application-controller',
      `--namespace=${NAMESPACE}`,
      '--repo-server=127.0.0.1:8081',
      // The Application then says of each object how it is.
      '--persist-resource-health',
    );
  }

  application(name: string): Application {
    return JSON.parse(this.#kubectl('get', 'application', name, '--output=json')) as Application;
  }

  /** Has an Application compared anew, with the newest commit, as a webhook or the button does. @param how hard: rendered anew, too */
  refresh(name: string, how: 'normal' | 'hard' = 'normal'): void {
    this.#kubectl('annotate', '--overwrite', 'application', name, `${REFRESH}=${how}`);
  }

  /** Has an Application synced with what is in git, as the button does: also where nothing differs. */
  sync(name: string): void {
    const { syncOptions } = this.application(name).spec.syncPolicy;
    const operation = { initiatedBy: { username: 'ada' }, sync: { prune: true, syncOptions } };
    this.#kubectl('patch', 'application', name, '--type=merge', `--patch=${JSON.stringify({ operation })}`);
  }

  /** Deletes an Application, and waits for nothing. @param cascade whether what it has synced is deleted before, as its finalizer says */
  delete(name: string, { cascade }: { cascade: boolean }): void {
    const metadata = { finalizers: cascade ? ['resources-finalizer.argocd.argoproj.io'] : [] };
    this.#kubectl('patch', 'application', name, '--type=merge', `--patch=${JSON.stringify({ metadata })}`);
    this.#kubectl('delete', 'application', name, '--wait=false');
  }

  has(name: string): boolean {
    return this.#kubectl('get', 'application', name, '--ignore-not-found', '--output=name') !== '';
  }

  /** Starts to note each state of an Application. @returns what was noted until now, each state once: "Synced Healthy" */
  watch(name: string): () => string[] {
    const file = join(this.#folder, `${name}.states`);
    const output = '{.status.sync.status} {.status.health.status}{"\\n"}';
    const command = `exec kubectl --namespace ${NAMESPACE} get application ${name} --watch --output=jsonpath='${output}' >${file}`;
    this.#node.startProgram(`watch-${name}`, ['sh', '-c', command]);
    return () => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  }

  #kubectl(...args: string[]): string {
    return this.#node.must('--namespace', NAMESPACE, ...args);
  }
}
