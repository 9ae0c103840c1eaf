import { check, Validators } from '../../checks/index.js';
import { buildModel } from '../../features/index.js';
import { finish } from '../../kustomize/index.js';
import { headerOf, unitOf } from '../../plan/index.js';
import { type BrokenRules, WhatIf } from '../../trace/index.js';
import { CliError } from '../shared/exit.js';
import { noSuchOverlay, readBeside, readInput } from '../shared/input.js';

/** The registry.yaml that is here, to be asked. */
export interface Here {
  file: string;
  bytes: Uint8Array;
  whatIf: WhatIf;
  /** base and the overlays, or the one that is asked for. */
  variants: string[];
  /** What the checks know of the kinds that are in the tree. */
  validators: Validators;
  brokenRules: BrokenRules;
}

/**
 * @param overlay the one to be asked; undefined for the base and every overlay
 * @throws ConfigError, or CliError for an overlay that there is not
 */
export async function readHere(file: string, overlay: string | undefined): Promise<Here> {
  const bytes = readInput(file);
  const whatIf = new WhatIf({
    bytes,
    file,
    readBeside: readBeside(file),
    build: (settings) => finish(buildModel(settings), headerOf(file)),
  });
  const known = whatIf.variants();
  const name = overlay?.replace(/^overlays\//, '').replace(/\/$/, '');
  if (name !== undefined && !known.includes(name)) throw noSuchOverlay(name, known, file);
  const validators = new Validators();
  await addCrds(validators, whatIf, file);
  const brokenRules: BrokenRules = async (objects, settings) => {
    const { exceptions: _, ...unit } = unitOf(settings, buildModel(settings));
    return new Set((await check({ ...unit, objects }, validators)).map(({ rule }) => rule));
  };
  return { file, bytes, whatIf, variants: name === undefined ? known : [name], validators, brokenRules };
}

async function addCrds(validators: Validators, whatIf: WhatIf, file: string): Promise<void> {
  const paths = new Set(whatIf.variants().flatMap((variant) => whatIf.settings(variant).checks.crds));
  for (const path of paths) {
    try {
      await validators.addCrds(readBeside(file)(path));
    } catch (error) {
      throw new CliError(`checks.crds: ${path}: ${(error as Error).message}`);
    }
  }
}
