/** A git server that a node and this machine reach: engineers push from here, and controllers on the node fetch. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ADDRESS } from '../../../scripts/cluster/settings.js';
import type { Cluster } from '../../../scripts/cluster/cluster.js';
import { git } from '../git.js';
import { freePort, until } from '../processes.js';

const PROGRAM = join(import.meta.dirname, 'git-http.js');
const REPOSITORY = 'registry.git';
/** On the node. */
const PORT = 3000;

/**
 * One bare repository with two web servers in front, as the node's network is one of its own. Neither is in this thread, which is
 * blocked while it runs kubectl or a commit.
 */
export class GitServer {
  /** Where what runs on the node reaches the repository. */
  readonly url = `http://${ADDRESS}:${PORT}/${REPOSITORY}`;
  readonly #node: Cluster;
  readonly #folder: string;
  #worker: Worker | undefined;
  #remote = '';

  /** @param node is up when this is started, and ends what runs there */
  constructor(node: Cluster) {
    this.#node = node;
    this.#folder = join(node.data, 'git');
  }

  /** Makes the repository, which is empty and whose branch is main, and serves it. @throws Error where it does not answer */
  async start(): Promise<void> {
    mkdirSync(this.#folder);
    git(this.#folder, 'init', '--quiet', '--bare', '--initial-branch=main', REPOSITORY);
    const port = await freePort();
    this.#remote = `http://127.0.0.1:${port}/${REPOSITORY}`;
    this.#worker = new Worker(PROGRAM, { argv: [this.#folder, '127.0.0.1', String(port)] });
    this.#node.startProgram('git', [process.execPath, PROGRAM, this.#folder, ADDRESS, String(PORT)]);
    await until('git answers this machine', () => git(this.#folder, 'ls-remote', this.#remote) === '', 30_000);
    await until('git answers the node', () => this.#node.run('git', 'ls-remote', this.url).code === 0, 30_000);
  }

  /** @returns a new clone of an engineer on this machine, whose remote is called origin. It goes with the node */
  clone(name: string): string {
    const folder = join(this.#node.data, name);
    git(this.#node.data, 'clone', '--quiet', this.#remote, name);
    return folder;
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }
}
