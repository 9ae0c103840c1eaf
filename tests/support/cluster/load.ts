/**
 * A small load generator: pushes images that share layers, deletes some, and pulls what was acknowledged. It keeps books of
 * what it was reported, so that what is lost can be named.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Image, Refused } from './client.js';
import { pushImage, pushIndex } from './push.js';

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
