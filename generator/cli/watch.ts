import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readConfig } from '../config/index.js';
import { FileWatch, FLEET, Memory } from '../fleet/index.js';
import { makePlan } from '../plan.js';
import { type Committer, startCommitter } from '../tree/index.js';
import { colours } from './colours.js';
import { EXIT } from './exit.js';
import { layers, nameChanges, numbersOf, type Outcome, toldInPlace, update } from './generate.js';
import { type Location, type Place, readBeside, readInput } from './input.js';
import { recall, registriesOf, remember } from './registries.js';
import { tellError } from './tell-error.js';

/** `watch`: generates at each save, and goes on whatever is wrong, until it is interrupted. @returns the exit code */
export async function watch(options: Location): Promise<number> {
  const { places, isFleet } = await registriesOf(options);
  const session = new Session(options, isFleet);
  const interrupted = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  await session.run(places, performance.now());
  session.follow();
  console.log(`Watching ${isFleet ? `${places.length} registries` : places[0]!.file}; Ctrl-C ends.`);
  await rehearse(places[0]!);
  await interrupted;
  await session.end();
  return EXIT.ok;
}

/** How often something is to be run until the engine has compiled most of it. */
const REHEARSALS = 3;
/** Overlays with which a run from nothing is over before anybody saves. */
const FEW = 20;

/** Does what a save will ask for, and throws it away, so that the first save is no slower than those after it. */
async function rehearse({ file, root }: Place): Promise<void> {
  try {
    if (readConfig(readInput(file), file, readBeside(file)).overlays.length > FEW) return;
    for (let round = 0; round < REHEARSALS; round++) {
      const plan = await makePlan(readInput(file), file, { readBeside: readBeside(file) });
      await toldInPlace(plan, root, file, [...plan.files.keys()].map((path) => ({ kind: 'changed', path, before: '', after: '' })));
      // A save does not wait for the end of it.
      await setImmediate();
    }
  } catch {
    // Told by the run before it.
  }
}

/** What is known of one registry between saves. */
interface Watched {
  place: Place;
  memory: Memory;
  /** Absolute paths of registry.yaml and of the files that it names. */
  files: Set<string>;
}

class Session {
  readonly #options: Location;
  readonly #isFleet: boolean;
  readonly #watched = new Map<string, Watched>();
  readonly #watch = new FileWatch((changed, noticed) => this.#changed(changed, noticed));
  /** Runs one after the other. */
  #running: Promise<void> = Promise.resolve();
  /** Started before it is needed, as that takes longer than all else. */
  #committer: Committer | undefined;

  constructor(options: Location, isFleet: boolean) {
    this.#options = options;
    this.#isFleet = isFleet;
  }

  /** Generates the trees of some registries. @param noticed the moment that their change was seen */
  async run(places: readonly Place[], noticed: number): Promise<void> {
    for (const place of places) await this.#one(place, noticed);
  }

  /** Follows the files that the registries have now. */
  follow(): void {
    const fleet = this.#fleetFolder();
    // A registry.yaml may come into a folder that is there already.
    const toCome = fleet === undefined ? [] : readdirSync(fleet, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => join(fleet, name, 'registry.yaml'));
    this.#watch.follow([...[...this.#watched.values()].flatMap(({ files }) => [...files]), ...toCome], fleet === undefined ? [] : [fleet]);
  }

  async end(): Promise<void> {
    this.#watch.close();
    await this.#running;
    this.#committer?.stop();
  }

  #changed(changed: string[], noticed: number): void {
    this.#running = this.#running.then(async () => {
      await this.run(await this.#affected(changed), noticed);
      this.follow();
    });
  }

  /** @returns the registries that a change is about, those that are new among them. */
  async #affected(changed: string[]): Promise<Place[]> {
    const { places } = this.#isFleet ? await registriesOf(this.#options).catch(() => ({ places: [] })) : { places: [...this.#watched.values()].map(({ place }) => place) };
    const known = new Set(places.map(({ file }) => file));
    for (const file of [...this.#watched.keys()].filter((path) => !known.has(path))) {
      this.#watched.delete(file);
      console.log(`${time()} ${file} is gone; its tree is left as it is.`);
    }
    return places.filter(({ file }) => !this.#watched.has(file) || changed.some((path) => this.#watched.get(file)!.files.has(path)));
  }

  async #one(place: Place, noticed: number): Promise<void> {
    const { file, root } = place;
    const before = this.#watched.get(file);
    let memory = before ? before.memory.next() : (recall(root) ?? new Memory('this process'));
    const files = new Set([resolve(file)]);
    const committer = this.#committer;
    this.#committer = undefined;
    try {
      const outcome = await update(place, { leaveEdited: true, onRead: (path) => files.add(resolve(dirname(file), path)) }, memory, committer);
      tell(file, outcome, performance.now() - noticed);
      if (!before) remember(root, memory);
      else if (outcome.failed) memory = before.memory;
      if (committer && outcome.changes.length === 0) this.#committer = committer;
    } catch (error) {
      tellError(error);
      committer?.stop();
      console.error(`${time()} ${file}: ${colours.red('nothing was written')}; waiting for the next save.`);
      // A run that was cut short has asked for a part only of what is remembered, and of the files that are named.
      if (before) memory = before.memory;
      for (const path of before?.files ?? []) files.add(path);
    }
    this.#watched.set(file, { place, memory, files });
    // Of several registries it is not known which is next.
    if (!this.#isFleet && !this.#committer && existsSync(root)) this.#committer = startCommitter(root);
  }

  #fleetFolder(): string | undefined {
    const folder = join(this.#options.config ?? '.', FLEET);
    return this.#isFleet && existsSync(folder) ? folder : undefined;
  }
}

function tell(file: string, { plan, text, failed, changes, unchanged, left }: Outcome, milliseconds: number): void {
  process.stderr.write(text);
  for (const path of left) console.error(`${path}: ${colours.yellow('warning')}: it was edited by hand, and is left so; \`registry-gitops generate\` makes it what ${file} gives.`);
  const took = colours.dim(`${milliseconds.toFixed(0)} ms`);
  if (failed) console.error(`${time()} ${file}: ${colours.red('nothing was written')}; waiting for the next save. ${took}`);
  else if (changes.length === 0) console.log(`${time()} ${file}: nothing to write. ${took}`);
  else {
    nameChanges(changes, dirname(file));
    console.log(`${time()} ${file}: wrote ${layers(plan.config)}: ${numbersOf(changes, unchanged)}. ${took}`);
  }
}

/** @returns the time of day, as of a log that scrolls by. */
function time(): string {
  return colours.dim(new Date().toTimeString().slice(0, 8));
}
