import { join, relative } from 'node:path';
import { formatPath, type Path, valueAt } from '../../checks/index.js';
import { type Field, suggest } from '../../config/index.js';
import { buildModel } from '../../features/index.js';
import { placeIn, type Read, readLayer } from '../../manifests/index.js';
import { commentOn, type KubernetesObject } from '../../model/index.js';
import { makePlan } from '../../plan/index.js';
import { folderOf } from '../../model/index.js';
import { fieldsWithSay, nameOf, type Say, type Share, sharesIn } from '../../trace/index.js';
import { colours } from '../shared/colours.js';
import { CliError } from '../shared/exit.js';
import type { Here } from './here.js';
import { columns, said, section } from './text.js';
import { placeOf, readBeside } from '../shared/input.js';

/** All that there is to say of an object of the tree, or of a value in it. */
export interface ObjectAnswer {
  kind: 'object';
  name: string;
  /** Empty: the whole object. */
  path: string;
  /** base, or the overlay that the rest is about. */
  variant: string;
  /** Every variant that has it. */
  variants: string[];
  /** Set where a path is asked for. */
  value?: unknown;
  /** The comment that the tree has beside it. */
  why?: string;
  /** Where the value, or the object, is written. */
  place: { file: string; line: number; column: number } | null;
  /** Every file that has a part of it. */
  files: string[];
  features: Share[];
  fields: Say[];
}

/**
 * @param fields those of registry.yaml
 * @throws CliError where the tree has no such object, or the object no such value
 */
export async function explainObject(
  { name: asked, path }: { name: string; path: Path },
  here: Here,
  fields: readonly Field[],
): Promise<ObjectAnswer> {
  const { whatIf, bytes, file } = here;
  const names = [...new Set(here.variants.flatMap((variant) => whatIf.objects(variant).map(nameOf)))];
  const name = names.find((known) => sameName(known, asked));
  if (name === undefined)
    throw new CliError(
      `there is no ${asked} ${here.variants.length === 1 ? `in ${here.variants[0]!}` : `in the tree of ${file}`}; ${suggest(asked, names.sort(), 12)}`,
    );
  const find = (objects: readonly KubernetesObject[]): KubernetesObject | undefined =>
    objects.find((object) => nameOf(object) === name);
  const variants = whatIf.variants().filter((variant) => find(whatIf.objects(variant)));
  const variant = here.variants.find(
    (one) => variants.includes(one) && valueAt(find(whatIf.objects(one)), path) !== undefined,
  );
  if (variant === undefined) throw new CliError(noSuchValue(find(whatIf.objects(variants[0]!))!, name, path));
  const object = find(whatIf.objects(variant))!;
  const settings = whatIf.settings(variant);
  const model = find(buildModel(settings).objects);
  const holder = valueAt(model, path.slice(0, -1));
  const why =
    path.length > 0 && typeof holder === 'object' && holder !== null
      ? commentOn(holder, String(path.at(-1)))
      : undefined;
  const { files: tree } = await makePlan(bytes, file, { readBeside: readBeside(file) });
  const { root } = placeOf({ config: file });
  const fromHere = (at: string): string => relative('.', join(root, at));
  const [place] = placesIn(tree, variant, object, [path]);
  // Who is in which namespace is in every kustomization.yaml.
  const files = variants
    .flatMap((one) => {
      const its = find(whatIf.objects(one))!;
      return placesIn(
        tree,
        one,
        its,
        leaves(valueAt(its, path), path).filter(
          ([first, second]) => path.length > 0 || first !== 'metadata' || second !== 'namespace',
        ),
      );
    })
    .map((at) => at.file);
  return {
    kind: 'object',
    name,
    path: formatPath(path),
    variant,
    variants,
    ...(path.length > 0 ? { value: valueAt(object, path) } : {}),
    ...(why === undefined ? {} : { why }),
    place: place ? { ...place, file: fromHere(place.file) } : null,
    files: [...new Set(files)].sort().map(fromHere),
    features: sharesIn(settings, name, path),
    fields: fieldsWithSay(whatIf, fields, variant, name, path),
  };
}

/** The kind as kubectl takes it: in whatever case. */
function sameName(known: string, asked: string): boolean {
  const [[kind, name], [askedKind, askedName]] = [known.split('/'), asked.split('/')];
  return kind!.toLowerCase() === askedKind!.toLowerCase() && name === askedName;
}

function noSuchValue(object: KubernetesObject, name: string, path: Path): string {
  const known = path.findIndex((_, index) => valueAt(object, path.slice(0, index + 1)) === undefined);
  const holder = valueAt(object, path.slice(0, known));
  const keys = Array.isArray(holder)
    ? holder.map((_, index) => String(index))
    : Object.keys(typeof holder === 'object' && holder !== null ? holder : {});
  return `${name} has no ${formatPath(path.slice(0, known + 1))}; ${suggest(String(path[known]), keys, 12)}`;
}

/** Where the generated tree has some values of an object, whether it is on disk or not. */
function placesIn(
  tree: ReadonlyMap<string, string>,
  variant: string,
  object: KubernetesObject,
  paths: readonly Path[],
): { file: string; line: number; column: number }[] {
  const read: Read = (at) => {
    const text = tree.get(at);
    return text !== undefined
      ? { text }
      : [...tree.keys()].some((known) => known.startsWith(`${at}/`))
        ? 'folder'
        : undefined;
  };
  const layer = readLayer(folderOf(variant), read);
  return paths.flatMap((path) => placeIn(layer, { object, path }, read) ?? []);
}

function leaves(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** @returns the answer for a person. */
export function objectText({
  name,
  path,
  variant,
  variants,
  value,
  why,
  place,
  files,
  features,
  fields,
}: ObjectAnswer): string {
  const [first, ...others] = features.map(({ feature }) => feature);
  return [
    `${colours.bold(path ? `${name}: ${path}` : name)}, as ${variant === 'base' ? 'the base' : variant} has it`,
    ...(path ? [`  ${said(value)}`] : []),
    ...(why === undefined ? [] : [`  ${why}`]),
    ...section('Where it is', [
      `In ${variants.join(', ')}`,
      ...(place ? [`${place.file}:${place.line}:${place.column}`] : []),
      ...files.filter((file) => file !== place?.file),
    ]),
    ...section(
      'Which feature makes it',
      first === undefined
        ? []
        : [
            `${first}${others.length > 0 ? `; ${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} a share in it` : ''}`,
          ],
    ),
    ...section(
      'Which fields of registry.yaml have a say in it',
      columns(
        fields.map(({ field, place: at, changes }) => [
          field,
          at ? `${at.file}:${at.line}:${at.column}` : 'default',
          sayText(changes),
        ]),
      ),
    ),
    '',
  ].join('\n');
}

/** Values that are named one by one. */
const NAMED = 4;

function sayText(changes: readonly string[]): string {
  if (changes.length === 0) return 'whether it is there';
  const more = changes.length - NAMED;
  return `${changes.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
