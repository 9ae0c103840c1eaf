/** The steps of one layer: build, write down, check. */
import {
  check,
  type Finding,
  rememberConfig,
  type Unit,
  type Used,
  type Validators,
  withoutExceptions,
} from '../checks/index.js';
import { type Files, fileText, finish, writeLayer } from '../kustomize/index.js';
import type { KubernetesObject, Model } from '../model/index.js';
import type { PlannedLayer } from './layers.js';
import { KeptTexts, type LayerFiles, WrittenFiles } from './tree-files.js';
import { type UnitContext, unitOf } from './variants.js';

/** What is found in a layer, or in a folder of the delivery. */
export interface Checked {
  findings: Finding[];
  /** Exceptions in registry.yaml that it needs. */
  used: Used;
}

/** A layer that is built, written down and checked. */
export interface MadeLayer extends Checked {
  files: LayerFiles;
  /** @returns what kustomize builds from the files */
  objects(): KubernetesObject[];
}

/** Makes a layer. Others can stand around it, and answer for layers that they know. */
export type MakeLayer = (layer: PlannedLayer) => Promise<MadeLayer>;

/** @param header comment lines at the top of every file, the same as of the texts that are kept */
export function layerMaker(header: string[], validators: Validators, texts = new KeptTexts()): MakeLayer {
  return async (layer) => {
    const built = layer.build();
    const files = new WrittenFiles(texts.reused(writeLayer(built, header)));
    rememberConfigs(built.model, header);
    const objects = finish(built.model, header);
    const unit = { objects, ...unitOf(layer.settings, built.model) };
    return { files, ...(await checkUnit(unit, validators)), objects: () => objects };
  };
}

/** @returns the files of a layer, of which nothing is checked. */
export function filesOf(layer: PlannedLayer, header: string[]): Files {
  return writeLayer(layer.build(), header);
}

/** @returns what kustomize builds from the files of a layer, of which nothing is checked. */
export function objectsOf(layer: PlannedLayer, header: string[]): KubernetesObject[] {
  return finish(layer.build().model, header);
}

/** @param used gets the exceptions that the unit needs */
export async function checkUnit(
  { exceptions, ...unit }: Unit & UnitContext,
  validators: Validators,
  used: Used = new Set(),
): Promise<Checked> {
  return { findings: withoutExceptions(await check(unit, validators), exceptions, used), used };
}

/** The values that files of ConfigMaps were made of, so that checking them does not parse the text. */
function rememberConfigs({ configMaps }: Model, header: string[]): void {
  for (const { files } of configMaps) {
    for (const content of Object.values(files))
      if ('yaml' in content) rememberConfig(fileText(content, header), content.yaml);
  }
}
