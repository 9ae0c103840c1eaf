/** A client of a registry: single requests, the push of a blob, and the pull of a whole image. */
import { createHash } from 'node:crypto';
import { Agent, type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import { AUTHORIZATION } from './deployment.js';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';

const ACCEPTED = `${MANIFEST}, ${INDEX}`;

/** An image whose push was acknowledged. */
export interface Image {
  repository: string;
  tag: string;
  /** Of its manifest, or of its index. */
  digest: string;
  /** More tags of the same image. */
  aliases?: string[];
  /** What was pushed for it and stays as long as it does, though nothing in it says so: signatures, referrers. */
  companions?: Image[];
}

/** By which a digest is made. OCI registers both. */
export type Algorithm = 'sha256' | 'sha512';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export function digestOf(bytes: Buffer | string, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** A blob of which a part is in the registry. */
export interface Upload {
  repository: string;
  content: Buffer;
  digest: string;
  /** Where the next request goes. */
  place: Answer;
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

  /**
   * Uploads a blob in two chunks, unless the registry has it.
   *
   * @param digest that it is stored by: clients may choose the algorithm
   * @throws Refused where a request is not answered as it should
   */
  async pushBlob(repository: string, content: Buffer, digest = digestOf(content)): Promise<void> {
    const head = await this.send('HEAD', `/v2/${repository}/blobs/${digest}`);
    if (head.status === 200) return;
    expectStatus(head, 404, 'HEAD blob');
    await this.finishUpload(await this.beginUpload(repository, content, digest));
  }

  /** Uploads the first half of a blob. @throws Refused as pushBlob */
  async beginUpload(repository: string, content: Buffer, digest = digestOf(content)): Promise<Upload> {
    const begun = expectStatus(
      await this.send('POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0)),
      202,
      'POST upload',
    );
    const first = content.subarray(0, content.length / 2);
    const place = expectStatus(await this.send('PATCH', String(begun.headers['location']), first), 202, 'PATCH upload');
    return { repository, content, digest, place };
  }

  /** Uploads the second half of a blob, which ends its upload. @throws Refused as pushBlob; after 405 it can be tried again */
  async finishUpload({ content, digest, place }: Upload): Promise<void> {
    const second = content.subarray(content.length / 2);
    expectStatus(await this.send('PUT', lastPlace(place, digest), second), 201, 'PUT blob');
  }

  /** Takes a blob over from another repository. @throws Refused where the registry begins an upload instead */
  async mountBlob(repository: string, digest: string, from: string): Promise<void> {
    const place = `/v2/${repository}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    expectStatus(await this.send('POST', place, Buffer.alloc(0)), 201, 'POST mount');
  }

  async pushManifest(repository: string, reference: string, content: Buffer, type: string): Promise<void> {
    expectStatus(
      await this.send('PUT', `/v2/${repository}/manifests/${reference}`, content, type),
      201,
      'PUT manifest',
    );
  }

  /** Reads an image with all that it refers to, to the last byte, under each of its tags. @throws Error that says what is wrong with it */
  async pull({ repository, tag, digest, aliases = [], companions = [] }: Image): Promise<void> {
    const manifest = await this.#content(`/v2/${repository}/manifests/${tag}`, digest);
    await this.#pullParts(repository, manifest);
    for (const alias of aliases) {
      const path = `/v2/${repository}/manifests/${alias}`;
      const { status, headers } = await this.send('HEAD', path, undefined, undefined, ACCEPTED);
      const found = headers['docker-content-digest'];
      if (status !== 200 || found !== digest) throw new Error(`HEAD ${path}: ${status}, ${String(found)}`);
    }
    for (const companion of companions) await this.pull(companion);
  }

  /** The subject of a referrer is not followed: who deletes an image need not keep its signatures whole. */
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
    const { status, body } = await this.send('GET', path, undefined, undefined, ACCEPTED);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString().slice(0, 200)}`);
    if (digestOf(body, digest.split(':')[0] as Algorithm) !== digest)
      throw new Error(`GET ${path}: ${body.length} bytes that are not ${digest}`);
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
export class Refused extends Error {
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
