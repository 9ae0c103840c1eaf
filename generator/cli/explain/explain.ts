import { ConfigError, fieldsOfSchema } from '../../config/index.js';
import { EXIT } from '../shared/exit.js';
import { explainField, fieldText } from './field.js';
import { type Here, readHere } from './here.js';
import { explainObject, objectText } from './object.js';
import { explainRule, ruleAnswerText } from './rule.js';
import { type Subject, subjectOf } from './subject.js';
import { exists, type Location, nearestConfig } from '../shared/input.js';
import { theOne } from '../shared/registries.js';

export interface ExplainOptions extends Pick<Location, 'config'> {
  overlay?: string;
  json?: boolean;
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
