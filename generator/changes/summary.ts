/** A change in a line: what is done to the cluster, in its own terms. */
import { type FieldChange, isOverlay, type ObjectChange, reportedVariants, type VariantChange } from './change.js';
import { plainName } from './compare.js';
import { printable } from '../model/index.js';

/** Parts of one overlay that are named; the others are counted. */
const NAMED = 4;

/** What is said first: what a reader looks for. */
const INTEREST = [
  / image /,
  /^host /,
  / replicas /,
  / (memory|cpu|storage) /,
  /^config\.yml /,
  /^(add|remove) \w+ [\w.-]+$/,
];

/**
 * @param changes of the overlays, and of the base where nothing else is
 * @returns a line such as "tls: registry image 3.0.0 -> 3.1.0; redis memory 256Mi -> 512Mi"; what several overlays share is
 *   said once; empty where nothing changes
 */
export function summarize(changes: readonly VariantChange[]): string {
  const reported = reportedVariants(changes.map(({ variant }) => variant));
  const all = changes.filter(({ variant }) => reported.includes(variant));
  const parts = new Map(
    all.filter(({ state }) => state === undefined).map(({ variant, objects }) => [variant, partsOf(objects)]),
  );
  const [first, ...others] = [...parts].flatMap(([variant, some]) => (isOverlay(variant) ? [some] : []));
  const shared = others.length > 0 ? first!.filter((part) => others.every((some) => some.includes(part))) : [];
  const groups = new Map<string, string[]>();
  for (const { variant, state } of all) {
    const what = isOverlay(variant) ? 'overlay' : 'folder';
    const own =
      state === undefined
        ? parts.get(variant)!.filter((part) => !isOverlay(variant) || !shared.includes(part))
        : [state === 'added' ? `new ${what}` : `${what} removed`];
    if (own.length > 0) groups.set(listed(own), [...(groups.get(listed(own)) ?? []), variant]);
  }
  return printable(
    [
      ...(shared.length > 0 ? [`all overlays: ${listed(shared)}`] : []),
      ...[...groups].map(([text, variants]) => `${variants.join(', ')}: ${text}`),
    ].join('; '),
  );
}

function listed(parts: readonly string[]): string {
  const more = parts.length - NAMED;
  return [...parts.slice(0, NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function partsOf(objects: readonly ObjectChange[]): string[] {
  const moved = moveOf(objects);
  const parts = moved ? [moved] : [...new Set(objects.flatMap(partsOfObject))];
  const interest = (part: string): number =>
    (INTEREST.findIndex((pattern) => pattern.test(part)) + INTEREST.length + 1) % (INTEREST.length + 1);
  return parts.sort((one, other) => interest(one) - interest(other));
}

/** @returns where a registry goes that appears whole in one place and goes in another. */
function moveOf(objects: readonly ObjectChange[]): string | undefined {
  const only = (change: ObjectChange['change']): ObjectChange['object']['metadata'] | undefined => {
    const found = objects.filter((one) => one.change === change && one.object.kind === 'Deployment');
    return found.length === 1 ? found[0]!.object.metadata : undefined;
  };
  const [from, to] = [only('removed'), only('added')];
  if (!from || !to) return undefined;
  return [
    from.name === to.name ? '' : `name ${from.name} -> ${to.name}`,
    from.namespace === to.namespace ? '' : `namespace ${from.namespace} -> ${to.namespace}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function partsOfObject({ change, object, fields }: ObjectChange): string[] {
  if (change !== 'changed')
    return object.kind === 'ConfigMap'
      ? []
      : [`${change === 'added' ? 'add' : 'remove'} ${object.kind} ${object.metadata.name}`];
  // Which ConfigMap a pod mounts, which program the collector runs or checks the volume with, and which hosts a certificate is for follow from what is reported elsewhere.
  const own = fields.filter(
    ({ label }) =>
      !/configMap\.name$|^initContainers\.(copy-registry\.|check-storage\.image$)|^tls\.\d+\.hosts$/.test(label),
  );
  return own.map((field) =>
    partOf(field, object.kind === 'ConfigMap' ? String(field.path[1]) : `${object.kind} ${plainName(object)}`),
  );
}

function partOf({ label, inner, before, after }: FieldChange, owner: string): string {
  const [, container, field] =
    /^(?:containers|initContainers)\.([\w-]+)\.(?:resources\.(?:limits|requests)\.)?(\w[\w-]*)$/.exec(label) ?? [];
  if (field === 'image') return `${container} image ${imageChange(String(before), String(after))}`;
  if (/^rules\.\d+\.host$/.test(label)) return `host ${said(before)} -> ${said(after)}`;
  const subject =
    container && field
      ? `${container} ${field}`
      : label === 'resources.requests.storage'
        ? `${owner} storage`
        : owner.includes('.') && !inner
          ? owner
          : `${owner} ${label}`;
  if (before === undefined) return `add ${subject}${isPlain(after) ? ` ${said(after)}` : ''}`;
  if (after === undefined) return `remove ${subject}`;
  return isPlain(before) && isPlain(after) ? `${subject} ${said(before)} -> ${said(after)}` : `change ${subject}`;
}

/** Of two images of one repository only what distinguishes them. */
function imageChange(before: string, after: string): string {
  const [one, other] = [before, after].map((image) => /^(.*?)(?:[:@]([^/]*))?$/.exec(image)!);
  return one![1] === other![1] && one![2] && other![2] ? `${one![2]} -> ${other![2]}` : `${before} -> ${after}`;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' && !(typeof value === 'string' && value.includes('\n'));
}

function said(value: unknown): string {
  const text = String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
