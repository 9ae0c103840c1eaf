/** The registry on a real node as Argo CD syncs it, from a git server to which an engineer pushes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shipped } from '../config.js';
import { writeFiles } from '../folder.js';
import { git } from '../git.js';
import { type Application, ArgoCd } from './argo-cd.js';
import { Engineer } from './engineer.js';
import { GitServer } from './git-server.js';
import { NodeRegistry } from './registry.js';

/** The overlay of the shipped tree that is synced. */
const OVERLAY = 'statefulset-redis';
const APPLICATION = `registry-${OVERLAY}`;
const DELIVERY = 'delivery/argo-cd';

/** Whether an Application is Synced and Healthy, and nothing is under way. One that found all as in git has never synced. */
const isWell = ({ operation, status }: Application): boolean =>
  operation === undefined &&
  (status?.operationState?.phase ?? 'Succeeded') === 'Succeeded' &&
  status?.sync?.status === 'Synced' &&
  status.health?.status === 'Healthy';

export class SyncedRegistry {
  readonly registry = new NodeRegistry();
  readonly #argo = new ArgoCd(this.registry.node);
  readonly #repository = new GitServer(this.registry.node);
  #engineer!: Engineer;

  /** Starts the node, Argo CD, and the git server, whose repository is empty. */
  async start(): Promise<void> {
    await this.registry.start();
    await this.#repository.start();
    this.#engineer = new Engineer(this.#repository.clone('engineer'));
    await this.#argo.start();
  }

  async stop(): Promise<void> {
    await this.#repository.stop();
    await this.registry.stop();
  }

  /** Pushes the shipped registry.yaml, with its delivery, and with collections of what was pushed just now. */
  pushFirst(): void {
    const delivery = `delivery:\n  repository: ${this.#repository.url}\n  argoCd:\n    applications:\n      - overlay: ${OVERLAY}\n`;
    this.#engineer.push(`${shipped.replace('\ngc:\n', '\ngc:\n  graceSeconds: 0\n')}\n${delivery}`);
  }

  /** Commits a change of registry.yaml and pushes it. @throws Error where it is no change */
  change(from: string, to: string): void {
    const text = readFileSync(join(this.#engineer.folder, 'registry.yaml'), 'utf8');
    if (!text.includes(from)) throw new Error(`registry.yaml has no ${JSON.stringify(from)}`);
    this.#engineer.push(text.replace(from, to));
  }

  /** Takes a line out of a generated file, by hand, and pushes that. */
  removeLine(path: string, line: string): void {
    const text = readFileSync(join(this.#engineer.folder, path), 'utf8');
    if (!text.includes(`${line}\n`)) throw new Error(`${path} has no line ${line}`);
    writeFiles(this.#engineer.folder, [[path, text.replace(`${line}\n`, '')]]);
    this.#git('commit', '--quiet', '--all', `--message=Remove ${line}`);
    this.#git('push', '--quiet', 'origin', 'main');
  }

  /** Takes back the last commit. */
  revert(): void {
    this.#git('revert', '--no-edit', 'HEAD');
    this.#git('push', '--quiet', 'origin', 'main');
  }

  /** Applies what syncs the tree. */
  applyDelivery(): void {
    this.registry.node.must('apply', '--kustomize', join(this.#engineer.folder, DELIVERY));
  }

  /** Whether the cluster is as git says, as kubectl sees it. */
  isAsInGit(): boolean {
    return (
      this.registry.node.kubectl('diff', '--kustomize', join(this.#engineer.folder, 'overlays', OVERLAY)).code === 0
    );
  }

  /** Waits until the newest commit is synced, and all of it is well. */
  async arrives(): Promise<void> {
    const revision = this.#refresh();
    await this.#until('the commit is there', (now) => isWell(now) && now.status?.sync?.revision === revision, 300);
    await this.isWell();
  }

  /** Waits until the newest commit is applied, whatever comes of it. */
  async isApplied(): Promise<void> {
    const revision = this.#refresh();
    const isOf = ({ status }: Application): boolean => status?.operationState?.syncResult?.revision === revision;
    await this.#until('the commit is applied', isOf, 60);
  }

  /** Waits until the Application is Synced and Healthy, and the registry is rolled out. */
  async isWell(): Promise<void> {
    await this.#until('the Application is Synced and Healthy', isWell, 300);
    await this.registry.until('it is rolled out', () => this.registry.isRolledOut('deployment/registry'), 120);
  }

  /** @returns the newest commit, which is looked for now */
  #refresh(): string {
    this.#argo.refresh(APPLICATION);
    return this.#engineer.head;
  }

  /** Has everything rendered, compared and applied anew, and waits for that. */
  async syncAgain(): Promise<void> {
    const last = ({ status }: Application): number => status!.history!.at(-1)!.id;
    const before = last(this.application());
    this.#argo.refresh(APPLICATION, 'hard');
    this.#argo.sync(APPLICATION);
    await this.#until('it is synced again', (now) => now.operation === undefined && last(now) > before, 60);
  }

  application(): Application {
    return this.#argo.application(APPLICATION);
  }

  /** @returns the states of the Application from now until the function is called, such as "Synced Healthy" */
  watchStates(): () => string[] {
    return this.#argo.watch(APPLICATION);
  }

  /** Deletes the Application, and waits until it is gone. @param cascade whether its finalizer deletes what it has synced */
  async delete(options: { cascade: boolean }): Promise<void> {
    this.#argo.delete(APPLICATION, options);
    await this.registry.until('the Application is gone', () => !this.#argo.has(APPLICATION), 180);
  }

  #git(...args: string[]): string {
    return git(this.#engineer.folder, ...args);
  }

  /** Waits for a state of the Application. @throws Error with its state, where that does not come */
  async #until(what: string, holds: (application: Application) => boolean, seconds: number): Promise<void> {
    try {
      await this.registry.until(what, () => holds(this.application()), seconds);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${JSON.stringify(this.application(), null, 1)}`, { cause: error });
    }
  }
}
