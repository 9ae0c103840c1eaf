/** The way of registry.yaml to the tree, in memory: read, build, write down, check. */
import type { Used } from '../checks/index.js';
import { type Config, type Problem, type ReadBeside, readConfig } from '../config/index.js';
import {
  buildDelivery,
  type Delivered,
  deliveredVariants,
  type DeliveryFolder,
  writeDelivery,
} from '../delivery/index.js';
import { folderOf } from '../model/index.js';
import { readCrds } from './crds.js';
import { checkExceptions, unusedExceptions } from './exceptions.js';
import { headerOf } from './header.js';
import { layersOf } from './layers.js';
import { checkUnit, layerMaker, type MakeLayer } from './make-layer.js';
import { checkTargets } from './targets.js';
import { type KeptTexts, TreeFiles, WrittenFiles } from './tree-files.js';
import { type VariantFinding, VariantFindings } from './variant-findings.js';
import { unitOf } from './variants.js';

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

/** All that the layers of a tree are made of, beside their settings. */
export interface LayerContext {
  /** Comment lines at the top of every file. */
  header: string[];
  /** Texts of the CustomResourceDefinitions that they are checked by. */
  crds: readonly string[];
}

export interface PlanOptions {
  /** Reads the files that registry.yaml names: defaults, CustomResourceDefinitions. */
  readBeside?: ReadBeside;
  /** Puts something around the making of a layer, such as a memory of earlier runs. */
  wrap?: ((make: MakeLayer, context: LayerContext) => MakeLayer) | undefined;
  /** Texts of the plans before, of the same file. */
  texts?: KeptTexts | undefined;
  /** Is called before each layer. @param made how many are made @param all how many there are */
  onProgress?: ((made: number, all: number) => void) | undefined;
}

/**
 * @param bytes contents of registry.yaml
 * @param file its name, for problems and for the header of generated files
 * @throws ConfigError where registry.yaml is wrong
 */
export async function makePlan(bytes: Uint8Array, file: string, options: PlanOptions = {}): Promise<Plan> {
  const { readBeside, wrap = (make) => make, onProgress = () => {}, texts } = options;
  const config = readConfig(bytes, file, readBeside);
  checkTargets(config);
  checkExceptions(config);
  const { texts: crds, validators } = await readCrds(config, readBeside);
  const header = headerOf(file);
  const makeLayer = wrap(layerMaker(header, validators, texts), { header, crds });

  const files = new TreeFiles();
  const findings = new VariantFindings();
  const used = new Map<string, Used>();
  const toDeliver = config.delivery ? deliveredVariants(config.delivery) : new Set<string>();
  const delivered = new Map<string, Delivered>();
  for (const layer of layersOf(config)) {
    const { name, settings } = layer;
    onProgress(used.size, config.overlays.length + 1);
    const made = await makeLayer(layer);
    files.add(made.files);
    findings.add(name, made.findings);
    used.set(name, made.used);
    if (toDeliver.has(name))
      delivered.set(name, { variant: name, folder: folderOf(name), settings, objects: made.objects() });
  }

  const delivery = config.delivery ? buildDelivery(config.delivery, delivered) : [];
  for (const folder of delivery) {
    files.add(new WrittenFiles(writeDelivery(folder, header)));
    const unit = { objects: folder.objects.map(({ object }) => object), ...unitOf(config.base, folder) };
    // What is excepted for the whole file counts as needed by the base.
    findings.add(folder.folder, (await checkUnit(unit, validators, used.get('base'))).findings);
  }
  return { config, files, delivery, findings: findings.all, unused: unusedExceptions(config, file, used) };
}
