/** Which objects the checks and an API server are asked about. */
import type { KubernetesObject } from '../../../generator/model/index.js';
import type { Question } from './agreement.js';
import { fieldMutants } from './field-mutants.js';

/** Google publishes no definitions of these: nothing here knows them. */
export const isKnown = ({ apiVersion }: KubernetesObject): boolean => !/gke\.io|google\.com/.test(apiVersion);

/** @returns each distinct object once. */
export function distinct(questions: Question[]): Question[] {
  return [...new Map(questions.map((question) => [JSON.stringify(question.object), question])).values()];
}

/** @returns each object that has one field changed. */
export function mutantsOf(objects: KubernetesObject[]): Question[] {
  return distinct(
    objects.filter(isKnown).flatMap((object) =>
      fieldMutants(object).map(({ object: mutant, path, change }) => ({
        name: `${path.join('.')} ${change}`,
        object: mutant,
      })),
    ),
  );
}
