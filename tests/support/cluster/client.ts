/** A client of a registry: single requests, the push of a blob, and the pull of a whole image. */
import { createHash } from 'node:crypto';
import { Agent, type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import { AUTHORIZATION } from './deployment.js';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';

/** An image whose push was acknowledged. */
export interface Image {
  repository: string;
  tag: string;
  /** Of its manifest, or of its index. */
  digest: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
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
