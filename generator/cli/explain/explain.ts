import { check, Validators } from '../../checks/index.js';
import { ConfigError, fieldsOfSchema } from '../../config/index.js';
import { buildModel } from '../../features/index.js';
import { finish } from '../../kustomize/index.js';
import { headerOf, unitOf } from '../../plan/plan.js';
import { type BrokenRules, WhatIf } from '../../trace/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { explainField, fieldText } from './field.js';
import { explainObject, objectText } from './object.js';
import { explainRule, ruleAnswerText } from './rule.js';
import { type Subject, subjectOf } from './subject.js';
import { exists, type Location, nearestConfig, noSuchOverlay, readBeside, readInput } from '../shared/input.js';
import { theOne } from '../shared/registries.js';

export interface ExplainOptions extends Pick<Location, 'config'> {
  overlay?: string;
  json?: boolean;
}

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

/** `explain SUBJECT`: says what a field, a rule or an object is, where it comes from, and what it would change. @returns the exit code */
export async function explain(text: string, options: ExplainOptions): Promise<number> {
  const subject = subjectOf(text);
  // Fields and rules can be explained where there is no registry.yaml, or none that can be read.
  const needed = options.config !== undefined || options.overlay !== undefined || subject.kind === 'object';
  const file = await fileOf(options, needed);
  let here: Here | undefined;
  let wrong: ConfigError | undefined;
  try {
    if (needed || exists(file))
      here = await readHere(file, subject.kind === 'field' ? (subject.overlay ?? options.overlay) : options.overlay);
  } catch (error) {
    if (!(error instanceof ConfigError) || subject.kind === 'object' || options.json) throw error;
    wrong = error;
  }
  const answer = await answerTo(subject, here);
  process.stdout.write(options.json ? `${JSON.stringify(answer.json, null, 2)}\n` : answer.text);
  if (wrong) throw wrong;
  return EXIT.ok;
}

/** @throws CliError where one is needed, and there are several, of which none is nearer than another */
async function fileOf(options: ExplainOptions, needed: boolean): Promise<string> {
  const nearest = nearestConfig();
  return options.config === undefined && (exists(nearest) || !needed)
    ? nearest
    : (await theOne(options, 'explain')).file;
}

async function answerTo(subject: Subject, here: Here | undefined): Promise<{ json: object; text: string }> {
  switch (subject.kind) {
    case 'field': {
      const answer = await explainField(subject.field, here);
      return { json: answer, text: fieldText(answer) };
    }
    case 'rule': {
      const answer = await explainRule(subject.id, here);
      return { json: answer, text: ruleAnswerText(answer) };
    }
    case 'object': {
      const answer = await explainObject(subject, here!, fieldsOfSchema());
      return { json: answer, text: objectText(answer) };
    }
  }
}

/** @throws ConfigError, or CliError for an overlay that there is not */
async function readHere(file: string, overlay: string | undefined): Promise<Here> {
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
