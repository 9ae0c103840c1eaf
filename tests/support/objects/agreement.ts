/** Compares what the checks say of objects with what a real API server says. */
import { checkSchemas, type Target, Validators } from '../../../generator/checks/schema/index.js';
import { formatPath, objectLabel } from '../../../generator/checks/index.js';
import type { KubernetesObject } from '../../../generator/model/index.js';
import type { ApiServer } from '../cluster/apiserver.js';

export interface Question {
  /** What was changed, for a person. */
  name: string;
  object: KubernetesObject;
  /** The object as the cluster has it, where it has. */
  previous?: KubernetesObject;
}

export interface Agreement {
  asked: number;
  /** By the API server. */
  refused: number;
  /** Of those, by the checks too. */
  found: number;
  /** Refused, and nothing found. */
  missed: string[];
  /** Accepted, and called an error. */
  wrong: string[];
}

/** How many questions are asked at once. */
const PARALLEL = 8;

/** Asks both about each object. */
export async function compare(api: ApiServer, target: Target, questions: readonly Question[]): Promise<Agreement> {
  const validators = new Validators();
  await validators.load(questions.map(({ object: { apiVersion, kind } }) => `${apiVersion}/${kind}`));
  const result: Agreement = { asked: questions.length, refused: 0, found: 0, missed: [], wrong: [] };
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let question = questions[next++]; question; question = questions[next++]) {
      const { name, object, previous } = question;
      const verdict = await api.dryRun(object);
      const errors = checkSchemas([object], target, validators, previous ? [previous] : []).filter(
        ({ severity }) => severity === 'error',
      );
      if (!verdict.accepted) {
        result.refused++;
        if (errors.length > 0) result.found++;
        else result.missed.push(`${objectLabel(object)} ${name}: ${verdict.message.replace(/^.*? is invalid: /, '')}`);
      } else if (errors.length > 0) {
        const { rule, path, message } = errors[0]!;
        result.wrong.push(`${objectLabel(object)} ${name}: ${rule} at ${formatPath(path)}: ${message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, ask));
  return result;
}

/** Prints an agreement, every disagreement with it. */
export function report(what: string, { asked, refused, found, missed, wrong }: Agreement): void {
  console.log(
    `${what}: ${asked} asked, ${refused} refused by the API server, ${found} of them by the checks; ${wrong.length} errors that it knows nothing of`,
  );
  for (const line of missed.sort()) console.log(`  missed: ${line}`);
  for (const line of wrong.sort()) console.log(`  wrong: ${line}`);
}
