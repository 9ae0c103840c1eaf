import type { ErrorObject } from 'ajv';
import { validators } from '../generated/kubernetes-validators.js';
import type { KubernetesObject } from '../model/index.js';

/** Something wrong with an object of a model. */
export interface Finding {
  rule: string;
  /** base, or the overlay's name. */
  variant: string;
  /** kind/name */
  object: string;
  /** Path in the object, such as spec.template.spec.containers[0].image. */
  path: string;
  message: string;
}

/**
 * Checks every object against the schema of its kind, unknown fields included.
 *
 * @param variant what the objects belong to, for the findings
 */
export function checkSchemas(objects: readonly KubernetesObject[], variant: string): Finding[] {
  return objects.flatMap((object) => {
    const told = (path: string, message: string): Finding => ({
      rule: 'schema',
      variant,
      object: `${object.kind}/${object.metadata.name}`,
      path,
      message,
    });
    const validate = validators[`${object.apiVersion}/${object.kind}`];
    if (!validate) return [told('', `there is no schema for ${object.apiVersion} ${object.kind}`)];
    if (validate(object)) return [];
    return (validate.errors ?? []).map((error) => told(pathOf(error), messageOf(error)));
  });
}

function pathOf({ instancePath }: ErrorObject): string {
  return instancePath
    .slice(1)
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

function messageOf({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `unknown field "${params['additionalProperty']}"`;
  if (keyword === 'required') return `"${params['missingProperty']}" is missing`;
  return message ?? keyword;
}

/** @returns the finding on one line. */
export function formatFinding({ rule, variant, object, path, message }: Finding): string {
  return `${variant}: ${object}: ${path ? `${path}: ` : ''}${message} [${rule}]`;
}
