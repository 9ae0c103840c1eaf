/** A bucket of a real S3 server, and what a registry asks of it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { scratch } from '../../support/folder.js';
import { freePort, Processes, until } from '../../support/processes.js';
import { findProgram } from '../../support/tools.js';

export const BUCKET = 'images';
export const ROOT = 'team/a';
/** A key that YAML, which the registry reads its variables as, takes for a comment from its middle on. */
const SECRET_KEY = 'not a #secret';
export const KEYS = { REGISTRY_STORAGE_S3_ACCESSKEY: 'registry', REGISTRY_STORAGE_S3_SECRETKEY: SECRET_KEY };

/** A bucket that a gateway serves from a folder. */
export class Bucket {
  readonly folder: string;
  readonly #processes = new Processes();
  /** URL that the gateway serves the bucket at. */
  endpoint = '';

  /** @param parent of the folder */
  constructor(parent = scratch()) {
    this.folder = mkdtempSync(join(parent, 'registry-gitops-bucket-'));
  }

  async start(): Promise<void> {
    const address = `127.0.0.1:${await freePort()}`;
    this.endpoint = `http://${address}`;
    // What is known of objects is kept beside the bucket, as not every file system takes attributes of files.
    const [buckets, attributes] = ['buckets', 'attributes'].map((name) => join(this.folder, name)) as [string, string];
    mkdirSync(join(buckets, BUCKET), { recursive: true });
    mkdirSync(attributes);
    const { log } = this.#processes.start(
      findProgram('versitygw')!,
      ['--quiet', '--port', address, 'posix', '--sidecar', attributes, buckets],
      { ROOT_ACCESS_KEY: KEYS.REGISTRY_STORAGE_S3_ACCESSKEY, ROOT_SECRET_KEY: SECRET_KEY },
    );
    await until(
      'the gateway asks for a login',
      async () => (await fetch(`${this.endpoint}/${BUCKET}`)).status === 403,
      10_000,
      log,
    );
  }

  async stop(): Promise<void> {
    await this.#processes.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Keys of the objects. */
  get keys(): string[] {
    const root = join(this.folder, 'buckets', BUCKET);
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
  }

  /** Of a blob, or of all, the key of what is in it. */
  blobs(digest = ''): string[] {
    return this.keys.filter(
      (key) =>
        key.startsWith(`${ROOT}/docker/registry/v2/blobs/`) && key.endsWith(`${digest.replace('sha256:', '')}/data`),
    );
  }
}

/** How many requests a bucket was sent, by what providers charge for: what writes or lists, and what reads. Deletions are free. */
export interface Counted {
  writesAndLists: number;
  reads: number;
}

/** Passes requests on to a bucket, and counts them. */
export class CountingProxy {
  endpoint = '';
  #server?: Server;
  #counted: Counted = { writesAndLists: 0, reads: 0 };
  readonly #healthChecks: Counted = { writesAndLists: 0, reads: 0 };

  async start(bucket: Bucket): Promise<void> {
    const { hostname, port } = new URL(bucket.endpoint);
    this.#server = createServer((asked, answer) => {
      this.#count(asked.method!, new URL(asked.url!, bucket.endpoint));
      const sent = request({ hostname, port, method: asked.method, path: asked.url, headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode!, got.headers);
        got.pipe(answer);
      });
      sent.on('error', () => answer.destroy());
      asked.pipe(sent);
    });
    const own = await freePort();
    await new Promise<void>((resolve) => this.#server!.listen(own, '127.0.0.1', resolve));
    this.endpoint = `http://127.0.0.1:${own}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** @returns what was counted since the last time, without health checks, which come at any moment. */
  take(): Counted {
    const counted = this.#counted;
    this.#counted = { writesAndLists: 0, reads: 0 };
    return counted;
  }

  get healthChecks(): Counted {
    return { ...this.#healthChecks };
  }

  #count(method: string, { pathname, searchParams }: URL): void {
    // Several keys are deleted by one POST.
    if (method === 'DELETE' || searchParams.has('delete')) return;
    const lists =
      method === 'GET' && (searchParams.has('prefix') || searchParams.has('uploads') || searchParams.has('uploadId'));
    // The top of the storage is looked at by health checks alone.
    const top = `${ROOT}/`;
    const isHealthCheck = pathname === `/${BUCKET}/${top}` || searchParams.get('prefix') === top;
    const into = isHealthCheck ? this.#healthChecks : this.#counted;
    if (method === 'PUT' || method === 'POST' || lists) into.writesAndLists++;
    else into.reads++;
  }
}
