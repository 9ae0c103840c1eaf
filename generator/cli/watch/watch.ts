import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readConfig } from '../../config/index.js';
import { FileWatch, findRegistries, FLEET } from '../../fleet/index.js';
import { Memory } from '../../memory/index.js';
import { KeptTexts, makePlan, type Plan } from '../../plan/index.js';
import { type Change, type Committer, startCommitter } from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import { EarlierTree } from '../shared/earlier-tree.js';
import { CliError, EXIT } from '../shared/exit.js';
import { reportInPlaceChanges } from '../shared/plan-findings.js';
import { update } from '../shared/update.js';
import { type Location, type Place, placeOf, readBeside, readInput } from '../shared/input.js';
import { recall, registriesOf, remember } from '../shared/registries.js';
import { printError } from '../shared/print-error.js';
import { report, time } from './report.js';

/** `watch`: generates at each save, and goes on whatever is wrong, until it is interrupted. @returns the exit code */
export async function watch(options: Location): Promise<number> {
  const { places, isFleet } = await registriesOf(options);
  // A registry that goes away later may come back; one that is not there is a mistake of the command line.
  if (!isFleet) readInput(places[0]!.file);
  const session = new Session(places, isFleet ? comingIn(options.config) : undefined);
  const interrupted = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  await session.start(performance.now());
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
      const all = [...plan.files.keys()].map((path): Change => ({ kind: 'changed', path, before: '', after: '' }));
      await reportInPlaceChanges(plan, root, file, EarlierTree.onDisk(root, plan.files, []), all);
      // A save does not wait for the end of it.
      await setImmediate();
    }
  } catch {
    // The run before it has reported that.
  }
}

/** What is known of one registry between saves. */
interface Watched {
  place: Place;
  memory: Memory;
  /** What was written last. */
  last: { files: Plan['files'] | undefined; texts: KeptTexts };
  /** Of registry.yaml and of the files that it names, as they were generated from. */
  read: Read;
}

/** Absolute path -> hash of the contents; undefined where there is no such file. */
type Read = Map<string, string | undefined>;

/** A file changed while its registry was generated. */
class Overtaken extends Error {}

/** Where the registries of a fleet come and go: in folders of a folder. */
interface Coming {
  folder: string;
  /** Of registry.yaml, from the folder of a registry. */
  path: string;
  /** @returns the registries that are there now. */
  find: () => Promise<string[]>;
}

/** @param config the folder of a fleet, or a pattern */
function comingIn(config = '.'): Coming {
  if (existsSync(config))
    return { folder: join(config, FLEET), path: 'registry.yaml', find: async () => findRegistries(config) };
  const parts = config.split('/');
  const first = parts.findIndex((part) => /[*?[{(]/.test(part));
  return {
    folder: parts.slice(0, first).join('/') || '.',
    path: parts.slice(first + 1).join('/'),
    find: async () => (await registriesOf({ config })).places.map(({ file }) => file),
  };
}

class Session {
  readonly #places: readonly Place[];
  /** Undefined where it is about one registry. */
  readonly #coming: Coming | undefined;
  readonly #watched = new Map<string, Watched>();
  readonly #watch = new FileWatch((changed, noticed) => this.#changed(changed, noticed));
  /** Runs one after the other. */
  #running: Promise<void> = Promise.resolve();
  /** Started before it is needed, as that takes longer than all else. */
  #committer: Committer | undefined;

  constructor(places: readonly Place[], coming: Coming | undefined) {
    this.#places = places;
    this.#coming = coming;
  }

  /** Generates all trees, and follows their files from before they are read. */
  async start(noticed: number): Promise<void> {
    this.#follow(this.#places.map(({ file }) => file));
    this.#running = this.#generate(this.#places, noticed);
    await this.#running;
  }

  async end(): Promise<void> {
    this.#watch.close();
    await this.#running;
    this.#committer?.stop();
  }

  #changed(changed: Read, noticed: number): void {
    this.#running = this.#running
      .then(async () => this.#generate(await this.#affected(changed), noticed))
      .catch((error) => void printError(error));
  }

  /** Generates the trees of some registries, and follows the files that they have now. @param noticed the moment that their change was seen */
  async #generate(places: readonly Place[], noticed: number): Promise<void> {
    for (const place of places) await this.#one(place, noticed);
    this.#follow([...this.#watched.values()].flatMap(({ read }) => [...read.keys()]));
  }

  /** Follows these files from now on, and where registries come and go. */
  #follow(files: string[]): void {
    const folder = this.#coming?.folder;
    try {
      this.#watch.follow([...files, ...this.#toCome()], folder === undefined ? [] : [folder]);
    } catch (error) {
      throw new CliError(
        `the system lets no more files be watched: ${(error as Error).message}; on Linux, raise fs.inotify.max_user_watches and max_user_instances`,
        EXIT.files,
      );
    }
  }

  /** A registry.yaml may come into a folder that is there already. */
  #toCome(): string[] {
    if (!this.#coming) return [];
    const { folder, path } = this.#coming;
    try {
      return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isFile())
        .map(({ name }) => join(folder, name, path));
    } catch {
      // It went, and is followed as it may come back.
      return [];
    }
  }

  /** @returns the registries that a change is about, those that are new among them. */
  async #affected(changed: Read): Promise<Place[]> {
    const places = this.#coming
      ? (await this.#coming.find().catch(() => [])).map((file) => placeOf({ config: file }))
      : this.#places;
    const known = new Set(places.map(({ file }) => file));
    for (const file of [...this.#watched.keys()].filter((path) => !known.has(path))) {
      this.#watched.delete(file);
      console.log(`${time()} ${file} is gone; its tree is left as it is.`);
    }
    const isNews = (file: string): boolean => {
      const read = this.#watched.get(file)?.read;
      // What changed during a run, the run may have seen.
      return !read || [...changed].some(([path, hash]) => read.has(path) && read.get(path) !== hash);
    };
    return places.filter(({ file }) => isNews(file));
  }

  /** Starts again where a file changes meanwhile: an editor may have saved half of it. */
  async #one(place: Place, noticed: number): Promise<void> {
    while (!(await this.#attempt(place, noticed)));
  }

  /** @returns false where a file changed meanwhile, so that nothing was written, or reported */
  async #attempt(place: Place, noticed: number): Promise<boolean> {
    const { file, root } = place;
    const before = this.#watched.get(file);
    const last = before?.last ?? { files: undefined, texts: new KeptTexts() };
    let memory = before ? before.memory.next() : (recall(root) ?? new Memory('this process'));
    const read: Read = new Map();
    const onRead = (path: string): void => {
      const absolute = resolve(dirname(file), path);
      const hash = this.#watch.add(absolute);
      if (!read.has(absolute)) read.set(absolute, hash);
    };
    // One that came just now is not followed yet.
    onRead(basename(file));
    const beforeWriting = async (): Promise<void> => {
      if (!(await this.#watch.isStill(read))) throw new Overtaken();
    };
    const committer = this.#committer;
    this.#committer = undefined;
    try {
      const outcome = await update(place, { leaveEdited: true, onRead, last, beforeWriting }, memory, committer);
      if (outcome.changes.length === 0) {
        await beforeWriting();
        this.#committer = committer;
      }
      if (!outcome.failed) last.files = outcome.plan.files;
      report(file, outcome, performance.now() - noticed);
      if (!before) remember(root, memory);
      else if (outcome.failed) memory = before.memory;
    } catch (error) {
      committer?.stop();
      if (error instanceof Overtaken || !(await this.#watch.isStill(read))) return false;
      printError(error);
      console.error(`${time()} ${file}: ${colours.red('nothing was written')}; waiting for the next save.`);
      // A run that was cut short has asked for a part only of what is remembered, and of the files that are named.
      if (before) memory = before.memory;
      for (const [path, hash] of before?.read ?? []) if (!read.has(path)) read.set(path, hash);
    }
    this.#watched.set(file, { place, memory, last, read });
    // Of several registries it is not known which is next.
    if (!this.#coming && !this.#committer && existsSync(root)) this.#committer = startCommitter(root);
    return true;
  }
}
