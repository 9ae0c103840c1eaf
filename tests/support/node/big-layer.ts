/** A layer of gigabytes, pushed in each way that clients do it, and pulled: it is made as it is sent, and never held. */
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { type Answer, answerTo, type Client, expectStatus, lastPlace } from '../cluster/client.js';

const PIECE = 2 ** 20;
const BINARY = { 'content-type': 'application/octet-stream' };

export class BigLayer {
  readonly size: number;
  readonly #key: Buffer;
  #digest: string | undefined;

  /** @param size in bytes, a multiple of a mebibyte @param name the same name, the same bytes */
  constructor(size: number, name: string) {
    this.size = size;
    this.#key = createHash('sha256').update(name).digest().subarray(0, 16);
  }

  /** @returns its bytes from one place to before another, each a multiple of a mebibyte */
  *bytes(from = 0, to = this.size): Generator<Buffer> {
    const counter = Buffer.alloc(16);
    counter.writeUInt32BE(from / 16, 12);
    const cipher = createCipheriv('aes-128-ctr', this.#key, counter);
    const zeros = Buffer.alloc(PIECE);
    for (let at = from; at < to; at += PIECE) yield cipher.update(zeros);
  }

  get digest(): string {
    if (this.#digest === undefined) {
      const hash = createHash('sha256');
      for (const piece of this.bytes()) hash.update(piece);
      this.#digest = `sha256:${hash.digest('hex')}`;
    }
    return this.#digest;
  }
}

/** Sends what is made meanwhile. @returns the answer @throws Error where it is cut off before there is one */
async function sendStream(
  client: Client,
  method: string,
  place: string,
  body: Iterable<Buffer> | AsyncIterable<Buffer>,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const sent = client.open(method, place, { ...BINARY, ...headers });
  const [answer] = await Promise.all([answerTo(sent), pipeline(Readable.from(body), sent)]);
  return answer;
}

/** @returns the answer that says where an upload goes on */
async function beginUpload(client: Client, repository: string): Promise<Answer> {
  const begun = await client.send('POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0));
  return expectStatus(begun, 202, 'POST upload');
}

type Push = (client: Client, repository: string, layer: BigLayer) => Promise<void>;

/** Ways to push a layer. @throws Error where a request is not answered as it should */
export const pushes: Record<'whole' | 'streamed' | 'chunked', Push> = {
  /** In one request, as containerd does. */
  whole: async (client, repository, layer) => {
    const place = lastPlace(await beginUpload(client, repository), layer.digest);
    const whole = await sendStream(client, 'PUT', place, layer.bytes(), { 'content-length': layer.size });
    expectStatus(whole, 201, 'PUT blob');
  },
  /** In a request of unknown length, as Docker does. */
  streamed: async (client, repository, layer) => {
    const begun = await beginUpload(client, repository);
    const sent = await sendStream(client, 'PATCH', String(begun.headers['location']), layer.bytes());
    await end(client, expectStatus(sent, 202, 'PATCH upload'), layer);
  },
  /** In eight chunks with their ranges. */
  chunked: async (client, repository, layer) => {
    let last = await beginUpload(client, repository);
    for (let from = 0; from < layer.size; from += layer.size / 8) {
      const to = from + layer.size / 8;
      const headers = { 'content-range': `${from}-${to - 1}`, 'content-length': to - from };
      const sent = await sendStream(client, 'PATCH', String(last.headers['location']), layer.bytes(from, to), headers);
      last = expectStatus(sent, 202, `PATCH ${from}-${to - 1}`);
    }
    await end(client, last, layer);
  },
};

async function end(client: Client, last: Answer, { digest }: BigLayer): Promise<void> {
  expectStatus(await client.send('PUT', lastPlace(last, digest), Buffer.alloc(0)), 201, 'PUT blob');
}

/**
 * Sends a byte a second, as long as is said: a large layer over a slow line.
 *
 * @returns the status of the answer, or what cut it off, and after how many seconds
 */
export async function slowUpload(
  client: Client,
  repository: string,
  seconds: number,
): Promise<{ outcome: number | string; after: number }> {
  const begun = await beginUpload(client, repository);
  const started = performance.now();
  async function* drip(): AsyncGenerator<Buffer> {
    for (let second = 0; second < seconds; second++) {
      yield Buffer.from('.');
      await sleep(1000);
    }
  }
  const outcome = await sendStream(client, 'PATCH', String(begun.headers['location']), drip()).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  return { outcome, after: (performance.now() - started) / 1000 };
}

/** Reads a layer to its last byte. @throws Error where it is not the one that was pushed */
export async function pullLayer(client: Client, repository: string, { size, digest }: BigLayer): Promise<void> {
  const sent = client.open('GET', `/v2/${repository}/blobs/${digest}`, {});
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.is(response.statusCode, 200);
  const hash = createHash('sha256');
  let read = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    hash.update(piece);
    read += piece.length;
  }
  assert.equal({ read, digest: `sha256:${hash.digest('hex')}` }, { read: size, digest });
}
