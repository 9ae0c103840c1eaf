import { basename } from 'node:path';
import { ALL_MINORS, check, type Finding, Validators } from './checks/index.js';
import { type Config, readConfig } from './config/index.js';
import { buildModel } from './features/index.js';
import { type Files, finish, type Layer, writeLayer } from './kustomize/index.js';
import type { KubernetesObject } from './model/index.js';

/** The whole way from registry.yaml to the tree, in memory. */
export interface Plan {
  config: Config;
  /** The tree: path -> text. */
  files: Files;
  /** What the checks found in the models; the tree is to be written only where this is empty. */
  findings: Finding[];
}

/** Names of the base and of every overlay, in the order of the configuration. */
export function variantNames({ overlays }: Config): string[] {
  return ['base', ...overlays.map(({ name }) => name)];
}

/**
 * @param bytes contents of registry.yaml
 * @param file its name, for problems and for the header of generated files
 * @throws ConfigError where registry.yaml is wrong
 */
export async function makePlan(bytes: Uint8Array, file: string): Promise<Plan> {
  const config = readConfig(bytes, file);
  const header = headerOf(file);
  const files: Files = new Map();
  const findings: Finding[] = [];
  const validators = new Validators();
  for (const [, layer] of layersOf(config)) {
    findings.push(...(await check({ objects: finish(layer.model, header), target: ALL_MINORS }, validators)));
    for (const [path, text] of writeLayer(layer, header)) files.set(path, text);
  }
  return { config, files, findings };
}

/** @returns the finished objects of the base or of one overlay, exactly as kustomize builds them from the tree. */
export function buildVariant({ base, overlays }: Config, name: string, file: string): KubernetesObject[] {
  const settings = name === 'base' ? base : overlays.find((overlay) => overlay.name === name)!.settings;
  return finish(buildModel(settings), headerOf(file));
}

/** @returns the comment at the top of every generated file. */
function headerOf(file: string): string[] {
  return [`Generated from ${basename(file)}: change that, then run \`npm run generate\`.`];
}

/** Yields the base and the overlays as layers, each overlay after its parent. */
function* layersOf({ base, overlays }: Config): Generator<[name: string, layer: Layer]> {
  const baseLayer: Layer = { folder: 'base', model: buildModel(base) };
  yield ['base', baseLayer];
  const extended = new Set(overlays.map(({ parent }) => parent));
  const layers = new Map<string, Layer>();
  for (const { name, parent, settings } of overlays) {
    const above = parent === undefined ? baseLayer : layers.get(parent)!;
    const layer: Layer = { folder: `overlays/${name}`, model: buildModel(settings), parent: above };
    // Only what others build on is kept: of a thousand overlays few are.
    if (extended.has(name)) layers.set(name, { folder: layer.folder, model: layer.model });
    yield [name, layer];
  }
}
