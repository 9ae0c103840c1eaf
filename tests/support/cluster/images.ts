/** Small images, pushed and pulled request by request, so that each answer is seen. */
import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { AUTHORIZATION } from './deployment.js';
import { digestOf } from './client.js';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** An image that the registry has acknowledged. */
export interface Image {
  manifest: string;
  digest: string;
  /** Digest to content. */
  blobs: Map<string, string>;
}

/** One request of a client's, and how it went. */
export interface Answer {
  request: string;
  status: number;
  milliseconds: number;
}

/** A client of one repository of one replica. */
export class ImageClient {
  /** All answers, oldest first. */
  readonly answers: Answer[] = [];
  readonly #repository: string;

  constructor(address: string) {
    this.#repository = `http://${address}/v2/app`;
  }

  /** Pushes a new image of so many layers; fails unless each request is answered as it should be. */
  async push(layerCount = 1): Promise<Image> {
    const contents = [
      JSON.stringify({ architecture: 'amd64', os: 'linux', created: randomBytes(8).toString('hex') }),
      ...Array.from({ length: layerCount }, () => randomBytes(64).toString('hex')),
    ];
    for (const content of contents) await this.#upload(content);
    const [config, ...layers] = contents.map((content, index) => ({
      mediaType: `application/vnd.docker.${index === 0 ? 'container.image.v1+json' : 'image.rootfs.diff.tar'}`,
      size: content.length,
      digest: digestOf(content),
    }));
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers });
    const digest = digestOf(manifest);
    await this.#expect(201, 'PUT', `/manifests/${digest}`, { body: manifest, headers: { 'content-type': MANIFEST } });
    return { manifest, digest, blobs: new Map(contents.map((content) => [digestOf(content), content])) };
  }

  /** Pulls an image; fails unless it is the very one that was pushed. */
  async pull({ manifest, digest, blobs }: Image): Promise<void> {
    assert.is(
      await (await this.#expect(200, 'GET', `/manifests/${digest}`, { headers: { accept: MANIFEST } })).text(),
      manifest,
    );
    for (const [blob, content] of blobs)
      assert.is(await (await this.#expect(200, 'GET', `/blobs/${blob}`)).text(), content);
  }

  /** @param path such as /manifests/DIGEST */
  async request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const start = performance.now();
    const url = path.startsWith('http') ? path : `${this.#repository}${path}`;
    const response = await fetch(url, { ...init, method, headers: { authorization: AUTHORIZATION, ...init.headers } });
    this.answers.push({
      request: `${method} ${path.split('/')[1]}`,
      status: response.status,
      milliseconds: performance.now() - start,
    });
    return response;
  }

  async #upload(content: string): Promise<void> {
    const digest = digestOf(content);
    await this.#expect(404, 'HEAD', `/blobs/${digest}`);
    const begun = await this.#expect(202, 'POST', '/blobs/uploads/');
    const location = new URL(begun.headers.get('location')!, this.#repository);
    location.searchParams.set('digest', digest);
    await this.#expect(201, 'PUT', location.href, {
      body: content,
      headers: { 'content-type': 'application/octet-stream' },
    });
  }

  async #expect(status: number, method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.request(method, path, init);
    if (response.status !== status)
      assert.is(`${response.status} ${await response.text()}`, String(status), `${method} ${path}`);
    return response;
  }
}
