/**
 * A small load generator: pushes images that share layers, deletes some, and pulls what was acknowledged. It keeps books of
 * what it was reported, so that what is lost can be named.
 */
import { createHash } from 'node:crypto';
import { Agent, type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTHORIZATION } from './deployment.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** An image whose push was acknowledged. */
export interface Image {
  repository: string;
  tag: string;
  /** Of its manifest, or of its index. */
  digest: string;
}

export interface Books {
  /** Acknowledged, and not deleted. */
  live: Map<string, Image>;
  pushed: number;
  deleted: number;
  pulled: number;
  /** What went wrong with a pull of a live image. */
  failedPulls: string[];
  /** How often a write was answered 405. */
  refused: number;
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A client of one registry, logged in. */
export class Client {
  readonly #address: () => string;
  readonly #host: string | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  /** @param address where the next request goes: each may reach another replica @param host that it asks for, where that is not the address */
  constructor(address: () => string, host?: string) {
    this.#address = address;
    this.#host = host;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Begins a request. @param place a path, or what an answer gave as the place of the next request */
  open(method: string, place: string, headers: OutgoingHttpHeaders): ClientRequest {
    const [host, port] = this.#address().split(':');
    return request({
      host,
      port,
      method,
      path: place,
      headers: { authorization: AUTHORIZATION, ...(this.#host ? { host: this.#host } : {}), ...headers },
      agent: this.#agent,
      timeout: 30_000,
    });
  }

  send(method: string, path: string, body?: Buffer, type?: string, accept?: string): Promise<Answer> {
    const sent = this.open(method, path, {
      ...(accept ? { accept } : {}),
      ...(body ? { 'content-length': body.length, 'content-type': type ?? 'application/octet-stream' } : {}),
    });
    const answer = answerTo(sent);
    sent.end(body);
    return answer;
  }

  /** Uploads a blob in two chunks, unless the registry has it. @throws Refused where a request is not answered as it should */
  async pushBlob(repository: string, content: Buffer): Promise<void> {
    const digest = digestOf(content);
    const head = await this.send('HEAD', `/v2/${repository}/blobs/${digest}`);
    if (head.status === 200) return;
    expectStatus(head, 404, 'HEAD blob');
    const begun = expectStatus(
      await this.send('POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0)),
      202,
      'POST upload',
    );
    const half = Math.floor(content.length / 2);
    const patched = expectStatus(
      await this.send('PATCH', String(begun.headers['location']), content.subarray(0, half)),
      202,
      'PATCH upload',
    );
    expectStatus(await this.send('PUT', lastPlace(patched, digest), content.subarray(half)), 201, 'PUT blob');
  }

  async pushManifest(repository: string, reference: string, content: Buffer, type: string): Promise<void> {
    expectStatus(
      await this.send('PUT', `/v2/${repository}/manifests/${reference}`, content, type),
      201,
      'PUT manifest',
    );
  }

  /** Reads an image to its last byte. @throws Error that says what is wrong with it */
  async pull({ repository, tag, digest }: Image): Promise<void> {
    const manifest = await this.#content(`/v2/${repository}/manifests/${tag}`, digest);
    await this.#pullParts(repository, manifest);
  }

  async #pullParts(repository: string, text: Buffer): Promise<void> {
    const {
      manifests = [],
      config,
      layers = [],
    } = JSON.parse(text.toString()) as {
      manifests?: { digest: string }[];
      config?: { digest: string };
      layers?: { digest: string }[];
    };
    for (const child of manifests)
      await this.#pullParts(
        repository,
        await this.#content(`/v2/${repository}/manifests/${child.digest}`, child.digest),
      );
    for (const blob of [...(config ? [config] : []), ...layers])
      await this.#content(`/v2/${repository}/blobs/${blob.digest}`, blob.digest);
  }

  async #content(path: string, digest: string): Promise<Buffer> {
    const { status, body } = await this.send('GET', path, undefined, undefined, `${MANIFEST}, ${INDEX}`);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString().slice(0, 200)}`);
    if (digestOf(body) !== digest) throw new Error(`GET ${path}: ${body.length} bytes that are not ${digest}`);
    return body;
  }
}

/** @returns where an upload is ended. @param answer to the request before */
export function lastPlace({ headers }: Answer, digest: string): string {
  const place = String(headers['location']);
  return `${place}${place.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

/** @returns what a request is answered, to the last byte @throws Error where it is not, or where nothing moves for too long */
export function answerTo(sent: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
      response.on('aborted', () => reject(new Error('the answer was cut short')));
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')));
  });
}

/** A request that was not answered as it should. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, what: string, text: string) {
    super(`${what}: ${status} ${text}`);
    this.status = status;
  }
}

/** @returns the answer @throws Refused where it has another status */
export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status !== status) throw new Refused(answer.status, what, answer.body.toString().slice(0, 200));
  return answer;
}

/** Layers that images share, so that they are deleted and pushed again all the time. */
const layers = Array.from({ length: 24 }, (_, index) =>
  Buffer.concat(
    Array.from({ length: 64 }, (_, part) => createHash('sha256').update(`layer ${index}.${part}`).digest()),
  ),
);

/**
 * Pushes an image of two of the layers that images share, and a configuration of its own.
 *
 * @param name what its configuration says: the same name, the same image
 * @param tag empty for none
 */
export async function pushImage(client: Client, repository: string, name: string, tag = name): Promise<Image> {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', name, rootfs: { type: 'layers', diff_ids: [] } }),
  );
  const hash = createHash('sha256').update(`${repository}:${name}`).digest();
  const own = [hash[0]!, hash[1]!].map((byte) => layers[byte % layers.length]!);
  for (const blob of [...own, config]) await client.pushBlob(repository, blob);
  const describe = (mediaType: string, content: Buffer) => ({
    mediaType,
    size: content.length,
    digest: digestOf(content),
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe(CONFIG, config),
      layers: own.map((layer) => describe(LAYER, layer)),
    }),
  );
  const digest = digestOf(manifest);
  await client.pushManifest(repository, tag || digest, manifest, MANIFEST);
  return { repository, tag: tag || digest, digest };
}

/** Pushes an index of two images that have no tags of their own, as a build for two architectures does. */
export async function pushIndex(client: Client, repository: string, tag: string): Promise<Image> {
  const manifests = [];
  for (const architecture of ['amd64', 'arm64']) {
    const { digest } = await pushImage(client, repository, `${tag}-${architecture}`, '');
    const { headers } = await client.send(
      'HEAD',
      `/v2/${repository}/manifests/${digest}`,
      undefined,
      undefined,
      MANIFEST,
    );
    manifests.push({
      mediaType: MANIFEST,
      digest,
      size: Number(headers['content-length']),
      platform: { architecture, os: 'linux' },
    });
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  await client.pushManifest(repository, tag, index, INDEX);
  return { repository, tag, digest: digestOf(index) };
}

export class Load {
  readonly books: Books = { live: new Map(), pushed: 0, deleted: 0, pulled: 0, failedPulls: [], refused: 0 };
  readonly #client: Client;
  readonly #workers: Promise<void>[] = [];
  #stopped = false;
  #next = 0;

  constructor(address: () => string) {
    this.#client = new Client(address);
  }

  start({ pushers = 6, pullers = 2, deleters = 1 } = {}): void {
    for (let count = 0; count < pushers; count++) this.#workers.push(this.#repeat(() => this.#push()));
    for (let count = 0; count < pullers; count++) this.#workers.push(this.#repeat(() => this.#pullOne()));
    for (let count = 0; count < deleters; count++) this.#workers.push(this.#repeat(() => this.#deleteOne()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  close(): void {
    this.#client.close();
  }

  /** Pulls every live image. @returns what is wrong with those that are lost */
  async lost(): Promise<string[]> {
    const lost: string[] = [];
    const images = [...this.books.live.values()];
    const readers = Array.from({ length: 8 }, async () => {
      for (let image = images.pop(); image; image = images.pop()) {
        await this.#client
          .pull(image)
          .catch((error: Error) => lost.push(`${image.repository}:${image.tag}: ${error.message}`));
      }
    });
    await Promise.all(readers);
    return lost;
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await step();
      } catch (error) {
        if (error instanceof Refused && error.status === 405) this.books.refused++;
        // A client that is refused, or cut off, tries again later.
        await sleep(50);
      }
    }
  }

  /** Pushes a new image; where something is in the way, from the beginning, as clients do. */
  async #push(): Promise<void> {
    const number = this.#next++;
    const repository = `team/app-${number % 3}`;
    const tag = `t${number}`;
    for (;;) {
      try {
        const image =
          number % 8 === 0
            ? await pushIndex(this.#client, repository, tag)
            : await pushImage(this.#client, repository, tag);
        this.books.pushed++;
        this.books.live.set(`${repository}:${tag}`, image);
        return;
      } catch (error) {
        if (error instanceof Refused && error.status === 405) this.books.refused++;
        if (this.#stopped) return;
        await sleep(50);
      }
    }
  }

  async #pullOne(): Promise<void> {
    const image = this.#any();
    if (!image) return await sleep(20);
    try {
      await this.#client.pull(image);
      this.books.pulled++;
    } catch (error) {
      if (this.books.live.has(`${image.repository}:${image.tag}`))
        this.books.failedPulls.push(`${image.repository}:${image.tag}: ${(error as Error).message}`);
      // Where no pod is ready, nothing else takes time.
      await sleep(20);
    }
  }

  async #deleteOne(): Promise<void> {
    await sleep(25);
    // Some stay, so that there is something to lose.
    const image = this.books.live.size < 40 ? undefined : this.#any();
    if (!image) return;
    this.books.live.delete(`${image.repository}:${image.tag}`);
    for (;;) {
      const { status } = await this.#client
        .send('DELETE', `/v2/${image.repository}/manifests/${image.digest}`)
        .catch(() => ({ status: 0 }));
      if (status === 202 || status === 404) break;
      if (status === 405) this.books.refused++;
      if (this.#stopped) return;
      await sleep(50);
    }
    this.books.deleted++;
  }

  #any(): Image | undefined {
    const keys = [...this.books.live.keys()];
    const key = keys[Math.floor(Math.random() * keys.length)];
    return key === undefined ? undefined : this.books.live.get(key);
  }
}
