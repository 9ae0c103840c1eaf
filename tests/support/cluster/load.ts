/**
 * A small load generator: pushes images that share layers, and each shape that collectors have to understand, deletes some,
 * and pulls what was acknowledged. It keeps books of what it was reported, so that what is lost can be named.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Image, Refused } from './client.js';
import { pushImage, pushIndex } from './push.js';
import { type Kept, SHAPES, type ShapeName } from './shapes.js';

/** Pushes between two shapes, which have their turns. */
const SHAPE_EVERY = 4;
/** The longest that an upload is left unfinished, in milliseconds: longer than a collection here takes. */
const UNFINISHED = 3000;
/** Milliseconds between two pushes to the repository that keeps its newest tags: some storages tell times to the second. */
const APART = 1100;

/**
 * Milliseconds until a push that was refused is tried again: often enough to meet the first moment in which writes are taken, and
 * seldom enough to leave the collection some of the machine.
 */
const AGAIN = 250;

/** Milliseconds between two pushes of one pusher, once there have been enough. */
const SLOWLY = 2000;

/** Where retention counts tags. */
const KEPT = 'team/kept';

/** What is collected beside what was deleted. */
export interface Rules {
  /** Whether images go that nothing but a pull by digest reaches: then none of them is live. */
  deleteUntagged?: boolean;
  /** How many tags of one repository, `team/kept`, stay: the newest. 0: nothing is pushed there. */
  keepNewest?: number;
  shapes?: ShapeName[];
  /** Whether images are deleted: a registry whose replicas have caches of their own takes no deletions. */
  deletes?: boolean;
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
  /** How many pushes there were of each shape. */
  shapes: Partial<Record<ShapeName, number>>;
  /** How many images are live no more as their repository keeps only its newest. */
  retired: number;
}

export class Load {
  readonly books: Books = {
    live: new Map(),
    pushed: 0,
    deleted: 0,
    pulled: 0,
    failedPulls: [],
    refused: 0,
    shapes: {},
    retired: 0,
  };
  readonly #rules: Required<Rules>;
  readonly #client: Client;
  readonly #workers: Promise<void>[] = [];
  #stopped = false;
  /** Pushes beyond so many come slowly. */
  #enough = Infinity;
  #next = 0;
  /** Keys of what was pushed to the repository that keeps its newest, in their order. */
  #newest: string[] = [];
  /** When the next push to it may begin. */
  #mayRetire = 0;

  constructor(
    address: () => string,
    { deleteUntagged = false, keepNewest = 0, shapes = Object.keys(SHAPES) as ShapeName[], deletes = true }: Rules = {},
  ) {
    this.#client = new Client(address);
    this.#rules = {
      deleteUntagged,
      keepNewest,
      shapes: deletes ? shapes : shapes.filter((shape) => shape !== 'brokenElsewhere'),
      deletes,
    };
  }

  start({ pushers = 6, pullers = 2, deleters = this.#rules.deletes ? 1 : 0 } = {}): void {
    for (let count = 0; count < pushers; count++) this.#workers.push(this.#repeat(() => this.#push()));
    for (let count = 0; count < pullers; count++) this.#workers.push(this.#repeat(() => this.#pullOne()));
    for (let count = 0; count < deleters; count++) this.#workers.push(this.#repeat(() => this.#deleteOne()));
  }

  /**
   * Lets pushes beyond so many come slowly: a storage that takes long to look through would otherwise grow faster than it is looked
   * through, and each collection take longer than the one before.
   */
  paceFrom(pushes: number): void {
    this.#enough = pushes;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** Lets go of everything: a test that failed before it stopped the load must come to its end. */
  close(): void {
    this.#stopped = true;
    this.#client.close();
  }

  /** Pulls every live image. @returns what is wrong with those that are lost */
  async lost(): Promise<string[]> {
    const lost: string[] = [];
    const images = [...this.books.live.values()];
    const readers = Array.from({ length: 8 }, async () => {
      for (let image = images.pop(); image; image = images.pop()) {
        await this.#client.pull(image).catch((error: Error) => lost.push(`${keyOf(image)}: ${error.message}`));
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

  /** The shapes that it pushes. */
  get shapes(): readonly ShapeName[] {
    return this.#rules.shapes;
  }

  get deletes(): boolean {
    return this.#rules.deletes;
  }

  /** Notes what was pushed, and must be there from now on. */
  add({ images, loose }: Kept): void {
    for (const image of this.#rules.deleteUntagged ? images : [...images, ...loose])
      this.books.live.set(keyOf(image), image);
  }

  async #push(): Promise<void> {
    const number = this.#next++;
    const repository = `team/app-${number % 3}`;
    const name = `t${number}`;
    const { shapes, keepNewest } = this.#rules;
    const shape = number % SHAPE_EVERY === 1 ? shapes[Math.floor(number / SHAPE_EVERY) % shapes.length] : undefined;
    if (shape !== undefined) {
      const place = { repository, name: `${name}-${shape}`, pause: Math.random() * UNFINISHED };
      if (await this.#insist(() => SHAPES[shape](this.#client, place)))
        this.books.shapes[shape] = (this.books.shapes[shape] ?? 0) + 1;
    } else if (keepNewest > 0 && performance.now() > this.#mayRetire) await this.#pushNewest(name);
    else {
      const push = number % 8 === 0 ? pushIndex : pushImage;
      await this.#insist(async () => ({ images: [await push(this.#client, repository, name)], loose: [] }));
    }
  }

  /** Pushes where only the newest stay: the oldest that is live may go as soon as the push is under way. */
  async #pushNewest(name: string): Promise<void> {
    this.#mayRetire = Infinity;
    const repository = KEPT;
    const key = keyOf({ repository, tag: name });
    this.#newest = [...this.#newest, key].slice(-this.#rules.keepNewest);
    for (const [old, image] of this.books.live)
      if (image.repository === repository && !this.#newest.includes(old)) {
        this.books.live.delete(old);
        this.books.retired++;
      }
    await this.#insist(async () => ({ images: [await pushImage(this.#client, repository, name)], loose: [] }));
    this.#mayRetire = performance.now() + APART;
  }

  /** Pushes; where something is in the way, from the beginning, as clients do. @returns whether it was acknowledged */
  async #insist(push: () => Promise<Kept>): Promise<boolean> {
    for (;;) {
      try {
        this.add(await push());
        this.books.pushed++;
        if (this.books.pushed > this.#enough) await sleep(SLOWLY);
        return true;
      } catch (error) {
        const isRefused = error instanceof Refused && error.status === 405;
        if (isRefused) this.books.refused++;
        if (this.#stopped) return false;
        await sleep(isRefused ? AGAIN : 50);
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
      if (this.books.live.has(keyOf(image)))
        this.books.failedPulls.push(`${keyOf(image)}: ${(error as Error).message}`);
      // Where no pod is ready, nothing else takes time.
      await sleep(20);
    }
  }

  async #deleteOne(): Promise<void> {
    await sleep(25);
    // Some stay, so that there is something to lose, and some for retention.
    const image = this.books.live.size < 40 ? undefined : this.#any();
    if (!image || image.repository === KEPT) return;
    this.books.live.delete(keyOf(image));
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

function keyOf({ repository, tag }: Pick<Image, 'repository' | 'tag'>): string {
  return `${repository}:${tag}`;
}
