import { basename } from 'node:path';
import {
  ALL_MINORS,
  canBeIgnored,
  check,
  type Exceptions,
  type Finding,
  rangeName,
  rememberConfig,
  rules,
  schemaRules,
  SUPPORTED_MINORS,
  type Target,
  type Unit,
  type Used,
  Validators,
  withoutExceptions,
} from '../checks/index.js';
import {
  type Config,
  ConfigError,
  type Place,
  type Problem,
  type ReadBeside,
  readConfig,
  type Settings,
  suggest,
} from '../config/index.js';
import {
  buildDelivery,
  type Delivered,
  deliveredVariants,
  type DeliveryFolder,
  writeDelivery,
} from '../delivery/index.js';
import { buildModel } from '../features/index.js';
import { fileText, finish, writeLayer } from '../kustomize/index.js';
import { keyOf, type LayerMemo, layersOf, TreeFiles } from './layers.js';
import { folderOf, isDelivery, type KubernetesObject, type Model } from '../model/index.js';

export { folderOf, isDelivery };

/** The whole way from registry.yaml to the tree, in memory. */
export interface Plan {
  config: Config;
  /** The tree: path -> text. */
  files: TreeFiles;
  /** The folders beside base/ and overlays/, by which those are synced. */
  delivery: DeliveryFolder[];
  /** What the checks found in the models; the tree is to be written only where none of them is an error. */
  findings: VariantFinding[];
  /** Exceptions in registry.yaml that nothing needs. */
  unused: Problem[];
}

/** A finding in the base or in overlays. What all inherit is found in all, and told once. */
export interface VariantFinding extends Finding {
  /** base, or an overlay's name: the first that has it. Or a folder of the delivery, such as delivery/argo-cd. */
  variant: string;
  /** How many others have it too. */
  others: number;
  /** The object as it was, where the finding is about a change. */
  previous?: KubernetesObject;
}

export interface PlanOptions {
  /** Reads the files that registry.yaml names: defaults, CustomResourceDefinitions. */
  readBeside?: ReadBeside;
  /** What is known of layers from before. The plan is the same without it. */
  memo?: LayerMemo;
  /** Hears how many of the base and the overlays are made, after each. */
  onProgress?: ((made: number, all: number) => void) | undefined;
}

/** Names of the base and of every overlay, in the order of the configuration. */
export function variantNames({ overlays }: Config): string[] {
  return ['base', ...overlays.map(({ name }) => name)];
}

/** @returns the settings of the base or of an overlay. */
export function settingsOf({ base, overlays }: Config, variant: string): Settings {
  return variant === 'base' ? base : overlays.find(({ name }) => name === variant)!.settings;
}

/**
 * @param bytes contents of registry.yaml
 * @param file its name, for problems and for the header of generated files
 * @throws ConfigError where registry.yaml is wrong
 */
export async function makePlan(bytes: Uint8Array, file: string, options: PlanOptions = {}): Promise<Plan> {
  const config = readConfig(bytes, file, options.readBeside);
  const { memo, onProgress = () => {} } = options;
  const header = headerOf(file);
  const files = new TreeFiles();
  const checker = await Checker.make(config, file, options);
  const toDeliver = config.delivery ? deliveredVariants(config.delivery) : new Set();
  const delivered = new Map<string, Delivered>();
  let made = 0;
  for (const layer of layersOf(config)) {
    onProgress(made++, config.overlays.length + 1);
    const { name, settings } = layer;
    // What syncs a layer is derived from its objects, whether they are known or not.
    if (toDeliver.has(name))
      delivered.set(name, {
        variant: name,
        folder: folderOf(name),
        settings,
        objects: finish(layer.build().model, header),
      });
    const key = memo && keyOf(layer, header, checker.crds, memo.program);
    const known = key && memo.get(key);
    if (known) {
      files.addKnown(known, layer, header);
      checker.pass(name, known.used);
      continue;
    }
    const built = layer.build();
    for (const { files: contents } of built.model.configMaps) {
      for (const content of Object.values(contents))
        if ('yaml' in content) rememberConfig(fileText(content, header), content.yaml);
    }
    const { sound, used } = await checker.check(name, {
      objects: finish(built.model, header),
      ...unitOf(settings, built.model),
    });
    const hashes = files.add(writeLayer(built, header));
    if (memo && key !== undefined && sound) memo.set(key, { files: hashes, used: [...used] });
  }
  const delivery = config.delivery ? buildDelivery(config.delivery, delivered) : [];
  for (const folder of delivery) {
    await checker.check(folder.folder, {
      objects: folder.objects.map(({ object }) => object),
      ...unitOf(config.base, folder),
    });
    files.add(writeDelivery(folder, header));
  }
  return { config, files, delivery, findings: checker.findings, unused: checker.unusedExceptions() };
}

/** @returns the finished objects of the base or of one overlay, exactly as kustomize builds them from the tree. */
export function buildVariant(config: Config, name: string, file: string): KubernetesObject[] {
  return finish(buildModel(settingsOf(config, name)), headerOf(file));
}

/** @returns what is checked of a variant, apart from its objects. */
export function unitOf(
  settings: Settings,
  model: Pick<Model, 'externals'>,
): Omit<Unit, 'objects'> & { exceptions: Exceptions } {
  const declared = settings.checks.external.map((reference) => {
    const [kind, name] = reference.split('/');
    return { kind: kind!, name: name! };
  });
  return {
    target: settings.kubernetes ?? ALL_MINORS,
    externals: [...model.externals, ...declared],
    exceptions: settings.checks.ignore,
  };
}

/** Checks variant after variant, and tells what they share once. */
class Checker {
  readonly findings: VariantFinding[] = [];
  /** Texts of the CustomResourceDefinitions of registry.yaml. */
  readonly crds: string[] = [];
  readonly #config: Config;
  readonly #file: string;
  readonly #validators = new Validators();
  readonly #seen = new Map<string, VariantFinding>();
  readonly #used = new Map<string, Used>();

  private constructor(config: Config, file: string) {
    this.#config = config;
    this.#file = file;
  }

  static async make(config: Config, file: string, { readBeside }: PlanOptions): Promise<Checker> {
    checkTargets(config);
    checkExceptions(config);
    const checker = new Checker(config, file);
    const paths = new Map(
      variantNames(config).flatMap((variant) =>
        settingsOf(config, variant).checks.crds.map((path, index): [string, Place] => [
          path,
          config.placeOf(variant, ['checks', 'crds', String(index)])!,
        ]),
      ),
    );
    for (const [path, place] of paths) await checker.#addCrds(path, place, readBeside);
    return checker;
  }

  async #addCrds(path: string, place: Place, readBeside: PlanOptions['readBeside']): Promise<void> {
    try {
      if (!readBeside) throw new Error('it cannot be read here');
      const text = readBeside(path);
      await this.#validators.addCrds(text);
      this.crds.push(text);
    } catch (error) {
      throw new ConfigError([{ ...place, message: `${path}: ${(error as Error).message}` }]);
    }
  }

  /** @param used exceptions that a variant needs, in which nothing else was found before */
  pass(variant: string, used: readonly string[]): void {
    this.#used.set(variant, new Set(used));
  }

  /** @returns whether nothing was found, and the exceptions that this needed */
  async check(
    variant: string,
    { exceptions, ...unit }: Unit & { exceptions: Exceptions },
  ): Promise<{ sound: boolean; used: Used }> {
    // What is excepted for the whole file is told of the base.
    const used: Used = (isDelivery(variant) && this.#used.get('base')) || new Set();
    this.#used.set(variant, used);
    const findings = withoutExceptions(await check(unit, this.#validators), exceptions, used);
    for (const finding of findings) {
      const key = JSON.stringify([
        finding.rule,
        finding.object.kind,
        finding.object.metadata?.name.replace(/-[a-z0-9]{10}$/, ''),
        finding.path,
        finding.inner,
        finding.message.replace(/-[a-z0-9]{10}\b/g, ''),
      ]);
      const known = this.#seen.get(key);
      if (known) {
        known.others++;
        continue;
      }
      const told = { ...finding, variant, others: 0 };
      this.#seen.set(key, told);
      this.findings.push(told);
    }
    return { sound: findings.length === 0, used };
  }

  /** An exception is written once and inherited: it is unused where no variant that has it needs it. */
  unusedExceptions(): Problem[] {
    const needed = new Map<string, boolean>();
    const places = new Map<string, { place: Place; key: string }>();
    for (const variant of variantNames(this.#config)) {
      for (const key of Object.keys(settingsOf(this.#config, variant).checks.ignore)) {
        // Whether a change needs it is seen with `validate --previous` only.
        if (key.split(' ')[0] === 'immutable-field') continue;
        const place = this.#config.placeOf(variant, ['checks', 'ignore', key]);
        // What stands in a file of defaults may be for another registry that names it.
        if (place?.file !== this.#file) continue;
        const id = `${place.file}:${place.line}:${place.column}`;
        places.set(id, { place, key });
        needed.set(id, (needed.get(id) ?? false) || this.#used.get(variant)!.has(key));
      }
    }
    return [...places]
      .filter(([id]) => !needed.get(id))
      .map(([, { place, key }]) => ({
        ...place,
        message: `nothing breaks the rule ${key.split(' ')[0]} any more; remove the exception`,
      }));
  }
}

/** An exception from a rule that there is not, or that the API server insists on, has no effect. */
function checkExceptions(config: Config): void {
  const known = [...rules, ...schemaRules].map(({ id }) => id);
  const problems = variantNames(config).flatMap((variant) =>
    Object.keys(settingsOf(config, variant).checks.ignore).flatMap((key): Problem[] => {
      const [id] = key.split(' ');
      const place = config.placeOf(variant, ['checks', 'ignore', key])!;
      if (!known.includes(id!))
        return [{ ...place, message: `there is no rule "${id}"; ${suggest(id!, known.filter(canBeIgnored), 8)}` }];
      return canBeIgnored(id!)
        ? []
        : [
            {
              ...place,
              message: `no exception can be made from ${id}: the API server, or kustomize, refuses what breaks it`,
            },
          ];
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Schemas are there for some minors only. */
function checkTargets(config: Config): void {
  const [oldest, newest] = [SUPPORTED_MINORS[0]!, SUPPORTED_MINORS.at(-1)!];
  for (const variant of variantNames(config)) {
    const target: Target | undefined = settingsOf(config, variant).kubernetes;
    if (!target || (target.first >= oldest && target.last <= newest)) continue;
    throw new ConfigError([
      {
        ...config.placeOf(variant, 'kubernetesVersion')!,
        message: `there are schemas for Kubernetes ${rangeName({ first: oldest, last: newest })}, and none for ${rangeName(target)}; narrow it, or add them by \`npm run refresh-schemas\``,
      },
    ]);
  }
}

/** @returns the comment at the top of every generated file. */
export function headerOf(file: string): string[] {
  return [`Generated from ${basename(file)}: change that, then run \`npm run generate\`.`];
}

/** @returns the registry.yaml that a generated file says it comes of. */
export function sourceOf(text: string): string | undefined {
  return /^# Generated from (.+): change that,/.exec(text)?.[1];
}
