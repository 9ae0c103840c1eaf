/** What a word on the command line of `explain` stands for. */
import { type Path, rules, schemaRules } from '../../checks/index.js';
import { type Field, fieldsOfSchema, suggest } from '../../config/index.js';
import { CliError } from '../shared/exit.js';

/** What is to be explained. */
export type Subject =
  | { kind: 'field'; field: Field; overlay?: string }
  | { kind: 'rule'; id: string }
  | { kind: 'object'; name: string; path: Path };

const ruleIds = [...rules, ...schemaRules].map(({ id }) => id);

/**
 * @param text a field (redis.memory, overlays.tls.redis.memory), a rule (gc-cache) or an object (Deployment/registry,
 *   Deployment/registry:spec.replicas); `field:` or `rule:` before it tells the two apart where both are of one name
 * @throws CliError where it is none of them, naming the nearest, or two of them
 */
export function subjectOf(text: string): Subject {
  const [, only, word] = /^(?:(field|rule):)?([^]*)$/.exec(text) as unknown as [
    string,
    'field' | 'rule' | undefined,
    string,
  ];
  const object = only ? null : /^([A-Za-z]+\/[^\s/:]+)(?::(.*))?$/.exec(word);
  if (object) return { kind: 'object', name: object[1]!, path: parsePath(object[2] ?? '', text) };
  const field = only === 'rule' ? undefined : fieldOf(word);
  const rule = only !== 'field' && ruleIds.includes(word);
  if (field && rule)
    throw new CliError(`"${word}" is a field of registry.yaml and a rule; say field:${word} or rule:${word}`);
  if (field) return { kind: 'field', ...field };
  if (rule) return { kind: 'rule', id: word };
  throw new CliError(
    `there is no field and no rule "${word}"; ${nearest(word, only)}; an object is named as Kind/name, such as Deployment/registry`,
  );
}

function fieldOf(word: string): { field: Field; overlay?: string } | undefined {
  const fields = fieldsOfSchema();
  const [, overlay, own] = /^overlays\.([^.]+)\.(.+)$/.exec(word) ?? [];
  const path = (overlay === undefined ? word : own === 'extends' ? 'overlays.NAME.extends' : own!).replace(
    /\[\d*\]/g,
    '[]',
  );
  const named = (sought: string): Field | undefined => fields.find((field) => field.path === sought);
  // Below a map whose keys are the user's, the map is what there is to explain.
  const above = path
    .split('.')
    .map((_, index, keys) => keys.slice(0, keys.length - index).join('.'))
    .map(named)
    .find((field) => field);
  const found =
    named(path) ??
    (above?.type === 'map' && !fields.some((field) => field.path.startsWith(`${above.path}.`)) ? above : undefined);
  return found && { field: found, ...(overlay === undefined || overlay === 'NAME' ? {} : { overlay }) };
}

/** Of fields those whose last part is meant, too: memory is redis.memory, and resources.memory. */
function nearest(word: string, only: 'field' | 'rule' | undefined): string {
  const paths = only === 'rule' ? [] : fieldsOfSchema().map(({ path }) => path);
  const ids = only === 'field' ? [] : ruleIds;
  const ends = paths.filter((path) => path.endsWith(`.${word}`));
  if (ends.length > 0) return `did you mean ${ends.map((path) => `"${path}"`).join(' or ')}?`;
  return suggest(word, [...paths, ...ids], 8);
}

/** @returns the path that formatPath writes: spec.containers[0].env, data["config.yml"]. */
function parsePath(text: string, whole: string): Path {
  const path: (string | number)[] = [];
  const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  for (let at = 0; at < text.length; at = step.lastIndex) {
    step.lastIndex = at;
    const found = step.exec(text);
    if (!found)
      throw new CliError(
        `${whole}: "${text.slice(at)}" is no path into an object; write it as spec.template.spec.containers[0].image or data["config.yml"]`,
      );
    path.push(found[1] ?? (found[2] === undefined ? (JSON.parse(found[3]!) as string) : Number(found[2])));
  }
  return path;
}
