import { join, resolve } from 'node:path';
import {
  ALL_MINORS,
  check,
  type Exceptions,
  rangeName,
  SUPPORTED_MINORS,
  type Target,
  type Unit,
  type Used,
  Validators,
  isExcepted,
  withoutExceptions,
} from '../../checks/index.js';
import { ConfigError, parseKubernetesVersion, type Problem } from '../../config/index.js';
import type { DeliveryFolder } from '../../delivery/index.js';
import { buildModel } from '../../features/index.js';
import { findKustomize, type LoadedUnit, ManifestError, readUnits } from '../../manifests/index.js';
import type { External, KubernetesObject } from '../../model/index.js';
import { buildVariant, folderOf, makePlan, type Plan, settingsOf, unitOf, variantNames } from '../../plan/plan.js';
import { compareTree } from '../../tree/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { printUnitFindings, type ReportedFinding } from '../shared/findings.js';
import { exists, type Location, nearestConfig, placeOf, readBeside, readInput, readText } from '../shared/input.js';
import { withProgress } from '../shared/progress.js';
import { registriesOf } from '../shared/registries.js';
import {
  asGithub,
  asJson,
  asSarif,
  asText,
  folded,
  type Format,
  formatOf,
  hasErrors,
  sorted,
  summaryLine,
  type Summary,
} from '../shared/formats.js';

export interface ValidateOptions extends Pick<Location, 'config'> {
  format?: string;
  kubernetesVersion?: string;
  crd?: string[];
  external?: string[];
  previous?: string;
}

/** `validate [PATH...]`: checks any manifests, or where no path is given the tree that is here. @returns the exit code */
export async function validate(paths: string[], options: ValidateOptions): Promise<number> {
  const format = formatOf(options.format);
  const contexts = await contextsOf(paths, options);
  if (contexts.length > 1 && options.previous !== undefined)
    throw new CliError('--previous is about one registry; name it by --config');
  const previous =
    options.previous === undefined
      ? []
      : previousObjects(options.previous, await read([options.previous], contexts[0]!));
  const units: LoadedUnit[] = [];
  const told: ReportedFinding[] = [];
  for (const context of contexts) {
    for (const unit of await read(paths.length > 0 ? paths : context.ownFolders(), context)) {
      units.push(unit);
      told.push(...(await context.check(unit, previous)));
    }
  }
  const findings = sorted(folded(told));
  const summary: Summary = {
    units: units.length,
    objects: units.reduce((sum, { objects }) => sum + objects.length, 0),
    skipped: units.reduce((sum, { skipped }) => sum + skipped.length, 0),
  };
  print(findings, summary, format);
  return hasErrors(findings) ? EXIT.found : EXIT.ok;
}

/** @returns one for each registry: of a fleet all, where no path says which. @throws ConfigError with what is wrong with any of them */
async function contextsOf(paths: readonly string[], options: ValidateOptions): Promise<Context[]> {
  const { places, isFleet } =
    paths.length > 0
      ? { places: [], isFleet: false }
      : await registriesOf(options.config === undefined ? {} : { config: options.config });
  if (!isFleet) return [await Context.make(options)];
  const contexts: Context[] = [];
  const problems: Problem[] = [];
  for (const { file } of places) {
    try {
      contexts.push(await Context.make({ ...options, config: file }));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return contexts;
}

/** What was there before has to be readable: or a change that cannot be made would pass for none. */
function previousObjects(path: string, units: LoadedUnit[]): KubernetesObject[] {
  const [problem] = units.flatMap(({ objects, problems }) =>
    problems.filter(({ rule }) => rule === 'invalid-yaml' || objects.length === 0),
  );
  if (problem)
    throw new CliError(
      `--previous ${path}: ${problem.place.file}:${problem.place.line}:${problem.place.column}: ${problem.message}`,
      EXIT.files,
    );
  return units.flatMap(({ objects }) => objects);
}

function print(findings: ReportedFinding[], summary: Summary, format: Format): void {
  switch (format) {
    case 'json':
      process.stdout.write(asJson(findings, summary));
      break;
    case 'sarif':
      process.stdout.write(asSarif(findings, process.env['REGISTRY_GITOPS_VERSION'] ?? 'unbuilt'));
      break;
    case 'github':
      process.stdout.write(asGithub(findings));
      break;
    case 'text':
      process.stdout.write(asText(findings));
      console.log(summaryLine(findings, summary));
  }
}

async function read(paths: readonly string[], context: Context): Promise<LoadedUnit[]> {
  try {
    return await readUnits({
      paths,
      readStandardInput,
      kustomize: () => {
        const found = findKustomize();
        if (!found)
          throw new ManifestError(
            'an overlay that registry-gitops did not write has to be built: install kubectl or kustomize, or pipe what it builds to `registry-gitops validate -`',
          );
        return found;
      },
      known: (folder) => context.knownObjects(folder),
    });
  } catch (error) {
    if (error instanceof ManifestError) throw new CliError(error.message, EXIT.files);
    throw error;
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The registry.yaml that is here, and what it gives. */
interface Own {
  plan: Plan;
  root: string;
  file: string;
  /** Files of the tree that are not what registry.yaml gives. */
  stale: Set<string>;
}

/** What registry.yaml and the command line say of how to check. */
class Context {
  readonly #validators = new Validators();
  readonly #own: Own | undefined;
  readonly #target: Target | undefined;
  readonly #externals: External[];

  private constructor(own: Own | undefined, target: Target | undefined, externals: External[]) {
    this.#own = own;
    this.#target = target;
    this.#externals = externals;
  }

  static async make({ config, kubernetesVersion, crd = [], external = [] }: ValidateOptions): Promise<Context> {
    const { file, root } = placeOf({ config: config ?? nearestConfig() });
    const target = kubernetesVersion === undefined ? undefined : targetOf(kubernetesVersion);
    const externals = external.map(externalOf);
    let own: Own | undefined;
    // A folder without a registry.yaml can be checked all the same.
    if (config !== undefined || exists(file)) {
      const plan = await withProgress(file, (onProgress) =>
        makePlan(readInput(file), file, { readBeside: readBeside(file), onProgress }),
      );
      const stale = new Set(compareTree(root, plan.files).changes.map(({ path }) => path));
      own = { plan, root, file, stale };
    }
    const context = new Context(own, target, externals);
    for (const path of crd) await context.#addCrds(path, readText);
    if (own)
      for (const path of new Set(
        variantNames(own.plan.config).flatMap((variant) => settingsOf(own.plan.config, variant).checks.crds),
      ))
        await context.#addCrds(path, readBeside(file));
    return context;
  }

  async #addCrds(path: string, read: (path: string) => string): Promise<void> {
    try {
      await this.#validators.addCrds(read(path));
    } catch (error) {
      throw new CliError(`--crd ${path}: ${(error as Error).message}`);
    }
  }

  /** @returns the folders of the tree that is here. */
  ownFolders(): string[] {
    if (!this.#own)
      throw new CliError(
        'name what to check: a folder, a file, an overlay, or - for standard input (there is no registry.yaml here)',
      );
    const { plan, root } = this.#own;
    const folders = [...variantNames(plan.config).map(folderOf), ...plan.delivery.map(({ folder }) => folder)];
    const missing = folders.find((folder) => !exists(join(root, folder, 'kustomization.yaml')));
    if (missing !== undefined)
      throw new CliError(`there is no ${missing} here yet; run \`npm run generate\``, EXIT.files);
    return folders.map((folder) => join(root, folder));
  }

  /** @returns the variant that a folder is, if it is one of the tree's. */
  #variantOf(folder: string | undefined): string | undefined {
    if (!this.#own || folder === undefined) return undefined;
    const { plan, root } = this.#own;
    return variantNames(plan.config).find((variant) => resolve(root, folderOf(variant)) === resolve(folder));
  }

  /** @returns the folder of the delivery that a folder is, if it is one. */
  #deliveryOf(path: string | undefined): DeliveryFolder | undefined {
    if (!this.#own || path === undefined) return undefined;
    const { plan, root } = this.#own;
    return plan.delivery.find(({ folder }) => resolve(root, folder) === resolve(path));
  }

  /** What registry.yaml gives needs no kustomize, as long as the tree is just that. */
  knownObjects(folder: string): KubernetesObject[] | undefined {
    if (!this.#own || this.#own.stale.size > 0) return undefined;
    const variant = this.#variantOf(folder);
    if (variant === undefined) return this.#deliveryOf(folder)?.objects.map(({ object }) => object);
    return buildVariant(this.#own.plan.config, variant, this.#own.file);
  }

  async check(loaded: LoadedUnit, previous: readonly KubernetesObject[]): Promise<ReportedFinding[]> {
    const variant = this.#variantOf(loaded.folder) ?? 'base';
    const { exceptions, target, externals }: Omit<Unit, 'objects'> & { exceptions: Exceptions } = this.#own
      ? unitOf(
          settingsOf(this.#own.plan.config, variant),
          this.#deliveryOf(loaded.folder) ?? buildModel(settingsOf(this.#own.plan.config, variant)),
        )
      : { exceptions: {}, target: ALL_MINORS, externals: [] };
    const unit: Unit = {
      objects: loaded.objects,
      target: this.#target ?? target,
      externals: [...(externals ?? []), ...this.#externals],
      previous,
    };
    const used: Used = new Set();
    const problems = loaded.problems.filter(({ rule }) => !isExcepted(rule, exceptions));
    return printUnitFindings(
      { ...loaded, problems },
      withoutExceptions(await check(unit, this.#validators), exceptions, used),
    );
  }
}

function targetOf(text: string): Target {
  const target = parseKubernetesVersion(text);
  const [, first, last] = /^1\.(\d+)-1\.(\d+)$/.exec(text) ?? [];
  if (Number(first) > Number(last))
    throw new CliError(`--kubernetes-version ${text}: the older minor comes first: 1.${last}-1.${first}`);
  if (!target)
    throw new CliError(`--kubernetes-version ${text}: expected a minor such as 1.34, or a range such as 1.33-1.36`);
  const [oldest, newest] = [SUPPORTED_MINORS[0]!, SUPPORTED_MINORS.at(-1)!];
  if (target.first < oldest || target.last > newest)
    throw new CliError(
      `--kubernetes-version ${text}: there are schemas for Kubernetes ${rangeName({ first: oldest, last: newest })}`,
    );
  return target;
}

function externalOf(text: string): External {
  const match = /^([A-Za-z]+)\/([^\s/]+)$/.exec(text);
  if (!match) throw new CliError(`--external ${text}: expected Kind/name, such as Secret/registry-secrets`);
  return { kind: match[1]!, name: match[2]! };
}
