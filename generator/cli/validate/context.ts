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
import { parseKubernetesVersion } from '../../config/index.js';
import type { DeliveryFolder } from '../../delivery/index.js';
import { buildModel } from '../../features/index.js';
import { type LoadedUnit } from '../../manifests/index.js';
import type { External, KubernetesObject } from '../../model/index.js';
import { buildVariant, makePlan, type Plan, settingsOf, unitOf, variantNames } from '../../plan/index.js';
import { folderOf } from '../../model/index.js';
import { compareTree } from '../../tree/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { locateUnitFindings, type ReportedFinding } from '../shared/findings.js';
import { exists, nearestConfig, placeOf, readBeside, readInput, readText } from '../shared/input.js';
import { withProgress } from '../shared/progress.js';

import type { ValidateOptions } from './options.js';

/** The registry.yaml that is here, and what is generated from it. */
interface Own {
  plan: Plan;
  root: string;
  file: string;
  /** Files of the tree that are not up to date with registry.yaml. */
  stale: Set<string>;
}

/** What registry.yaml and the command line say of how to check. */
export class Context {
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
    return locateUnitFindings(
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
