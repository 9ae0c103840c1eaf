/** What one registry gives, or those of a fleet, as one commit: what they share goes with every tree that comes of it. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { readConfig } from '../../config/index.js';
import { findRegistries, FLEET } from '../../fleet/index.js';
import {
  listAt,
  pathFromTop,
  type Proposal,
  PublishError,
  readFilesAt,
  type Repository,
  type Source,
} from '../../publish/index.js';
import { fleetMessage, type Member } from './message.js';
import { RegistrySource } from './registry-source.js';
import type { ReportedFinding } from '../shared/findings.js';
import { type Place, readBeside, readInput } from '../shared/input.js';

interface Options {
  /** Whether they are reported one by one, as of several. */
  isFleet: boolean;
  /** In place of the message that tells what changes. */
  message?: string;
  dryRun: boolean;
}

/** The registries that a commit is about. */
export class RegistriesSource implements Source {
  readonly #repository: Repository;
  readonly #members: readonly { file: string; source: RegistrySource }[];
  readonly #options: Options;

  /** @throws PublishError where a registry.yaml is outside of the repository, or a link */
  constructor(repository: Repository, places: readonly Place[], options: Options) {
    this.#repository = repository;
    this.#members = places.map((place) => ({
      file: place.file,
      source: new RegistrySource(repository, { ...place, dryRun: options.dryRun }),
    }));
    this.#options = options;
  }

  get #files(): string[] {
    return this.#members.map(({ file }) => file);
  }

  /** What all that is committed is called, with its verb. */
  get name(): string {
    const { isFleet } = this.#options;
    return isFleet
      ? `${this.#members.length} registries and their trees are`
      : `${basename(this.#members[0]!.file)} and its tree are`;
  }

  /** Warnings, to be reported at the end. */
  get findings(): ReportedFinding[] {
    return this.#members.flatMap(({ source }) => source.findings);
  }

  /** The same as text. */
  get text(): string {
    return this.#members.map(({ source }) => source.text).join('');
  }

  /** @returns paths of the trees, from the top. */
  generatedPaths(): string[] {
    return this.#members.flatMap(({ source }) => source.generatedPaths());
  }

  /** Nothing is written where one of them is wrong. */
  async fromFolder(base: string | undefined): Promise<Proposal> {
    const proposal = await this.#together((source) => source.propose(base));
    await refuseHalfFleet(this.#repository, this.#files, proposal, base);
    for (const { source } of this.#members) await source.write();
    return proposal;
  }

  async onTop(base: string, inputs: ReadonlyMap<string, Uint8Array>): Promise<Proposal> {
    const proposal = await this.#together((source) => source.onTop(base, inputs));
    await refuseNewcomers(this.#repository, this.#files, proposal, base);
    return proposal;
  }

  async message(base: string | undefined, proposal: Proposal): Promise<string> {
    const { isFleet, message } = this.#options;
    if (message !== undefined) return message;
    if (!isFleet) return this.#members[0]!.source.message(base, proposal);
    const members: Member[] = [];
    for (const { file, source } of this.#members)
      members.push({ name: basename(dirname(file)), ...(await source.trees(base, proposal)) });
    return fleetMessage(members);
  }

  /** @returns of each registry its tree as a commit has it, and the plan of what was committed last */
  async since(base: string | undefined): Promise<Awaited<ReturnType<RegistrySource['since']>>[]> {
    return Promise.all(this.#members.map(({ source }) => source.since(base)));
  }

  /** Makes the folders what was committed last, where they are not. */
  async writeAgain(): Promise<void> {
    for (const { source } of this.#members) await source.writeAgain();
  }

  async #together(propose: (source: RegistrySource) => Promise<Proposal>): Promise<Proposal> {
    const all: Proposal = { inputs: new Map(), generated: new Map(), removed: new Set(), folders: [] };
    for (const { source } of this.#members) {
      const { inputs, generated, removed, folders } = await propose(source);
      for (const [path, bytes] of inputs) {
        const other = all.inputs.get(path);
        if (other && Buffer.compare(other, bytes) !== 0)
          throw new PublishError(`${path} was saved while it was read; run again. Nothing was committed.`, 'refused');
        all.inputs.set(path, bytes);
      }
      for (const [path, text] of generated) all.generated.set(path, text);
      for (const path of removed) all.removed.add(path);
      all.folders.push(...folders);
    }
    return all;
  }
}

/**
 * Refuses a commit about some registries of a fleet that changes what others name too: on their trees `check` would fail.
 *
 * @param files the registry.yaml of those that the commit is about
 * @throws PublishError that names another one
 */
async function refuseHalfFleet(
  repository: Repository,
  files: readonly string[],
  proposal: Proposal,
  base: string | undefined,
): Promise<void> {
  const own = new Set(files.map((file) => resolve(file)));
  const others = fleetsOf(files)
    .flatMap(findRegistries)
    .filter((file) => !own.has(file));
  if (others.length === 0) return;
  const changed = new Set(await changedInputs(repository, proposal, base));
  for (const file of others) {
    const shared = defaultsOf(repository, file).find((path) => changed.has(path));
    if (shared === undefined) continue;
    throw new PublishError(
      `${shared} is changed, and ${pathFromTop(repository, file)} names it too: without its tree, \`check\` fails on this commit. Commit all of them together: registry-gitops commit, without --config, in the folder that ${FLEET}/ is in. Nothing was committed.`,
      'refused',
    );
  }
}

/** Refuses to change what registries share on top of a commit that has one which is not in the folder: its tree may come of that too. */
async function refuseNewcomers(
  repository: Repository,
  files: readonly string[],
  proposal: Proposal,
  tip: string,
): Promise<void> {
  const fleets = fleetsOf(files).map((folder) => pathFromTop(repository, join(folder, FLEET)));
  if (fleets.length === 0) return;
  const own = new Set(files.map((file) => pathFromTop(repository, file)));
  const shared = (await changedInputs(repository, proposal, tip)).find((path) => !own.has(path));
  if (shared === undefined) return;
  const newcomer = [...(await listAt(repository, tip, fleets)).keys()].find(
    (path) =>
      fleets.includes(posix.dirname(posix.dirname(path))) &&
      posix.basename(path) === 'registry.yaml' &&
      !existsSync(join(repository.top, path)),
  );
  if (newcomer !== undefined)
    throw new PublishError(
      `others have ${newcomer}, which is not here, and ${shared} is changed: pull, then run again. Nothing was committed.`,
      'refused',
    );
}

/** @returns the folders that fleets are in. */
function fleetsOf(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => dirname(dirname(resolve(file)))))]
    .filter((folder) => basename(folder) === FLEET)
    .map(dirname);
}

/** @returns inputs that a commit has not, or has otherwise. */
async function changedInputs(
  repository: Repository,
  { inputs }: Proposal,
  commit: string | undefined,
): Promise<string[]> {
  const committed = await readFilesAt(repository, commit, [...inputs.keys()]);
  return [...inputs].filter(([path, bytes]) => !committed.get(path)?.equals(bytes)).map(([path]) => path);
}

/** @returns what a registry.yaml has its defaults from, from the top; nothing where it is wrong, which is reported where it is about that. */
function defaultsOf(repository: Repository, file: string): string[] {
  try {
    return readConfig(readInput(file), file, readBeside(file)).defaults.map((path) =>
      pathFromTop(repository, join(dirname(file), path)),
    );
  } catch {
    return [];
  }
}
