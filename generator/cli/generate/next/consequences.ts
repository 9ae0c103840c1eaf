/** What a change does in the cluster, by the classes of `diff`. */
import {
  type ChangeClass,
  CLASSES,
  type ObjectChange,
  plainName,
  summarize,
  type VariantChange,
} from '../../../changes/index.js';
import { printable } from '../../../model/index.js';
import type { Step } from './steps.js';

const SENTENCES: Record<ChangeClass, string> = {
  safe: 'Safe: no pod is replaced.',
  'rolls-pods': 'Rolls pods, one after another',
  'opens-access': 'Opens access',
  'needs-recreate': 'Cannot be applied to what is there',
  'deletes-data': 'Deletes data',
};
/** What has to be seen to before the change is applied. */
const FIRST: Partial<Record<ChangeClass, string>> = {
  'needs-recreate': 'this cannot be changed in place',
  'deletes-data': 'this deletes data',
};

/** @returns lines: a summary, and each class with its objects, the worst first; overlays that change alike are put together */
export function consequencesOf(changes: readonly VariantChange[]): string[] {
  const summary = summarize(changes);
  if (summary === '') return [];
  const alike = new Map<string, { variants: string[]; lines: string[] }>();
  for (const { variant, objects } of changes.filter((change) => change.objects.length > 0)) {
    const lines = classLines(objects);
    const key = lines.join('\n');
    const known = alike.get(key);
    if (known) known.variants.push(variant);
    else alike.set(key, { variants: [variant], lines });
  }
  const groups = [...alike.values()];
  return [
    `${summary}.`,
    ...groups.flatMap(({ variants, lines }) =>
      groups.length > 1 ? [`${variants.join(', ')}:`, ...lines.map((line) => `  ${line}`)] : lines,
    ),
  ];
}

function classLines(objects: readonly ObjectChange[]): string[] {
  const lines = [...CLASSES]
    .reverse()
    .filter((one) => one !== 'safe')
    .flatMap((one) => {
      const concerned = objects.filter((object) => object.class === one);
      if (concerned.length === 0) return [];
      const reasons = concerned.flatMap((change) => reasonsOf(change, one).map(({ why }) => `  ${why}`));
      return [`${SENTENCES[one]}: ${concerned.map(nameOf).join(', ')}.`, ...new Set(one in FIRST ? [] : reasons)];
    });
  return lines.length > 0 ? lines : [SENTENCES.safe];
}

/** @returns what the API server refuses, and what deletes data, with what to do about it */
export function beforeApplying(changes: readonly VariantChange[]): Step[] {
  const linesOf = (one: ChangeClass): string[] =>
    changes.flatMap(({ objects }) =>
      objects.flatMap((change) =>
        reasonsOf(change, one).map(
          ({ why, remedy }) => `${nameOf(change)}: ${why}${remedy === undefined ? '' : `\n  to do: ${remedy}`}`,
        ),
      ),
    );
  return Object.entries(FIRST).flatMap(([one, what]) => {
    const lines = linesOf(one as ChangeClass);
    return lines.length > 0
      ? [
          {
            what: `Before the change is applied: ${what}.`,
            commands: [...new Set(lines)].flatMap((line) => line.split('\n')),
          },
        ]
      : [];
  });
}

/** @returns why an object, or fields of it, are of a class */
function reasonsOf(change: ObjectChange, one: ChangeClass): { why: string; remedy: string | undefined }[] {
  return [change, ...change.fields]
    .filter((part) => part.class === one)
    .flatMap(({ why, remedy }) =>
      why === undefined ? [] : [{ why: printable(why), remedy: remedy === undefined ? undefined : printable(remedy) }],
    );
}

function nameOf({ object }: ObjectChange): string {
  return printable(`${object.kind}/${plainName(object)}`);
}
