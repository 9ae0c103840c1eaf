/** What registry.yaml gives, as something that git can commit. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makePlan, type Plan } from '../../plan/index.js';
import {
  pathFromTop,
  type Proposal,
  PublishError,
  readFilesAt,
  refuseIgnored,
  refuseLink,
  refusePartlyStaged,
  type Repository,
} from '../../publish/index.js';
import {
  type Comparison,
  compareTree,
  hashOf,
  MANIFEST,
  manifestOf,
  OWN_FOLDERS,
  quiet,
  recover,
  startCommitter,
  TreeError,
  writeChanges,
} from '../../tree/index.js';
import type { Known } from '../../manifests/index.js';
import { commitMessage, type Tree } from './message.js';
import { EarlierTree } from '../shared/earlier-tree.js';
import type { ReportedFinding } from '../shared/findings.js';
import { namedFiles, namedFilesAt } from './named-files.js';
import { ownedAt } from './owned-at.js';
import { treeAmong, treeAt } from './tree-at.js';
import { bytesBeside, readBeside, readInput } from '../shared/input.js';
import { findingsOf, reportInPlaceChanges } from '../shared/plan-findings.js';
import { withProgress } from '../shared/progress.js';

/** Findings that nothing is committed for. */
export class RefusedByChecks extends Error {
  readonly findings: ReportedFinding[];
  readonly text: string;

  constructor(findings: ReportedFinding[], text: string) {
    super('the checks found errors');
    this.findings = findings;
    this.text = text;
  }
}

interface Place {
  file: string;
  root: string;
  dryRun: boolean;
}

/** The registry of one registry.yaml, in its repository. */
export class RegistrySource {
  /** Warnings, to be reported at the end. */
  findings: ReportedFinding[] = [];
  /** The same as text. */
  text = '';
  readonly #repository: Repository;
  readonly #place: Place;
  /** Path of the tree's folder from the top, with a slash, or empty. */
  readonly #prefix: string;
  readonly #input: string;
  #plan: Plan | undefined;
  /** What is to be written into the folder. */
  #comparison: Comparison | undefined;
  #earlier: { commit: string | undefined; tree: Tree } | undefined;

  /** @throws PublishError where registry.yaml is outside of the repository, or a link */
  constructor(repository: Repository, place: Place) {
    this.#repository = repository;
    this.#place = place;
    this.#prefix = pathFromTop(repository, join(place.root, 'x')).slice(0, -1);
    this.#input = pathFromTop(repository, place.file);
    refuseLink(place.file);
  }

  /** @returns paths of the tree, from the top. */
  generatedPaths(): string[] {
    return [...(this.#plan?.files.keys() ?? [])].map((path) => this.#prefix + path);
  }

  /** @returns what registry.yaml gives as it stands in the folder, of which nothing is written yet. @param base commit, undefined: none yet */
  async propose(base: string | undefined): Promise<Proposal> {
    const { file, root, dryRun } = this.#place;
    const bytes = readInput(file);
    const plan = await this.#checked(bytes, readBeside(file));
    const inputs = new Map<string, Uint8Array>([[this.#input, bytes]]);
    for (const path of namedFiles(plan.config)) {
      const full = resolve(dirname(file), path);
      refuseLink(full);
      inputs.set(pathFromTop(this.#repository, full), bytesBeside(file, path));
    }
    await (dryRun ? quiet : recover)(root);
    const comparison = compareTree(root, plan.files);
    const { changes, foreign } = comparison;
    if (foreign.length > 0)
      throw new TreeError(
        [
          'these files are in the way: registry-gitops did not write them.',
          ...foreign.map((path) => `  ${path}`),
          'Move them away, or replace them: npm run generate -- --force. Nothing was written or committed.',
        ].join('\n'),
      );
    const removed = new Set(changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path));
    for (const path of await ownedAt(this.#repository, base, this.#prefix))
      if (!plan.files.has(path) && (removed.has(path) || !existsSync(join(root, path)))) removed.add(path);
    const proposal = this.#proposal(plan, inputs, removed);
    await refusePartlyStaged(this.#repository, [...inputs.keys()]);
    await refuseIgnored(this.#repository, [...inputs.keys(), ...proposal.generated.keys()]);
    const inPlace = await reportInPlaceChanges(
      plan,
      root,
      file,
      EarlierTree.onDisk(root, plan.files, changes),
      changes,
    );
    this.findings.push(...inPlace.findings);
    this.text += inPlace.text;
    this.#comparison = comparison;
    return proposal;
  }

  /** Writes what was proposed into the folder. */
  async write(): Promise<void> {
    if (this.#place.dryRun || !this.#comparison?.changes.length) return;
    const committer = startCommitter(this.#place.root);
    try {
      await writeChanges(this.#place.root, this.#comparison, committer);
    } finally {
      committer.stop();
    }
  }

  /** The same on top of a commit of others. @param inputs hold both sides' changes */
  async onTop(base: string, inputs: ReadonlyMap<string, Uint8Array>): Promise<Proposal> {
    const bytes = inputs.get(this.#input);
    if (!bytes) throw new PublishError(`${this.#input} is not there any more`, 'refused');
    const folder = dirname(this.#place.file);
    const all = new Map(inputs);
    // Others may have named further files.
    const named = (await namedFilesAt(this.#repository, this.#place.file, base, bytes, all)).map((path) =>
      pathFromTop(this.#repository, resolve(folder, path)),
    );
    for (const [path, contents] of await readFilesAt(
      this.#repository,
      base,
      named.filter((path) => !all.has(path)),
    ))
      all.set(path, contents);
    const plan = await this.#checked(bytes, (path) => {
      const found = all.get(pathFromTop(this.#repository, resolve(folder, path)));
      if (!found) throw new Error('there is no such file');
      return Buffer.from(found).toString('utf8');
    });
    const removed = [...(await ownedAt(this.#repository, base, this.#prefix))].filter((path) => !plan.files.has(path));
    return this.#proposal(
      plan,
      new Map([...all].filter(([path]) => path === this.#input || named.includes(path))),
      new Set(removed),
    );
  }

  /** @returns the message of its commit */
  async message(base: string | undefined, proposal: Proposal): Promise<string> {
    const { before, after, known } = await this.trees(base, proposal);
    return commitMessage(before, after, this.#place.file, known);
  }

  /** @returns its tree as a commit has it, by paths from its folder, and the plan of what was committed last */
  async since(base: string | undefined): Promise<{ place: Place; plan: Plan; before: Tree }> {
    return { place: this.#place, plan: this.#plan!, before: await this.#treeAt(base) };
  }

  /** @returns its tree as a commit has it, and as it is proposed, by paths from its folder */
  async trees(base: string | undefined, proposal: Proposal): Promise<{ before: Tree; after: Tree; known: Known }> {
    const { files } = this.#plan!;
    return {
      before: await this.#treeAt(base),
      after: treeAmong(proposal.generated, this.#prefix),
      known: files.known,
    };
  }

  /** Its tree at a commit is asked for by the message, and again by what comes next. */
  async #treeAt(commit: string | undefined): Promise<Tree> {
    if (!this.#earlier || this.#earlier.commit !== commit)
      this.#earlier = { commit, tree: await treeAt(this.#repository, commit, this.#prefix) };
    return this.#earlier.tree;
  }

  /** Makes the folder what was committed last, where it is not. */
  async writeAgain(): Promise<void> {
    const comparison = compareTree(this.#place.root, this.#plan!.files);
    if (comparison.foreign.length > 0) return;
    this.#comparison = comparison;
    await this.write();
  }

  /** @throws RefusedByChecks where the checks find an error */
  async #checked(bytes: Uint8Array, beside: (path: string) => string): Promise<Plan> {
    const { file, root } = this.#place;
    const plan = await withProgress(file, (onProgress) => makePlan(bytes, file, { readBeside: beside, onProgress }));
    const { findings, text, failed } = await findingsOf(plan, root, file);
    if (failed) throw new RefusedByChecks(findings, text);
    [this.findings, this.text] = [findings, text];
    this.#plan = plan;
    return plan;
  }

  #proposal({ files }: Plan, inputs: Map<string, Uint8Array>, removed: Set<string>): Proposal {
    const generated = new Map(
      [...files, [MANIFEST, manifestOf(new Map([...files].map(([path, text]) => [path, hashOf(text)])))] as const].map(
        ([path, text]) => [this.#prefix + path, text],
      ),
    );
    return {
      inputs,
      generated,
      removed: new Set([...removed].map((path) => this.#prefix + path)),
      folders: OWN_FOLDERS.map((folder) => this.#prefix + folder),
    };
  }
}
