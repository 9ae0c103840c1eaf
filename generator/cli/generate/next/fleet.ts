/** The next steps of several registries: what they need alike once, and what one of them needs by itself under its name. */
import { type Next, printNext, type Step } from './steps.js';

/** One registry of a fleet. */
export interface FleetNext {
  /** Its registry.yaml. */
  file: string;
  next: Next;
}

/** Registries whose steps are printed one by one, and commands of a step. */
const NAMED = 12;

/** Prints what a change of a fleet needs. @param title below which it stands */
export function printFleet(all: readonly FleetNext[], title = 'Next'): void {
  const some = all.filter(({ next }) => next.steps.length + next.consequences.length > 0);
  const [one = all[0]] = some;
  if (some.length < 2) {
    if (one) printNext(one.next, title);
    return;
  }
  const of = (kind: Next['kind']): FleetNext[] => some.filter(({ next }) => next.kind === kind);
  const [first, ...alike] = of('first');
  const byHand = of('by-hand');
  for (const { file, next } of [...(first ? [first] : []), ...byHand.slice(0, NAMED)])
    printNext(next, `${title}, for ${file}`);
  for (const [files, sentence] of [
    [alike, 'The same for'],
    [byHand.slice(NAMED), 'Something has to be done by hand for'],
  ] as const)
    if (files.length > 0)
      console.log(`\n${sentence} ${listed(files)}. Of one: npm run generate -- --steps --config FILE`);
  const routine = of('routine');
  if (routine.length === 0) return;
  printNext(
    { steps: mergedSteps(routine), consequences: mergedConsequences(routine), wholeWay: undefined, kind: 'routine' },
    routine.length < some.length ? `${title}, for the others` : title,
  );
}

function listed(all: readonly FleetNext[]): string {
  const more = all.length - NAMED;
  return `${all
    .slice(0, NAMED)
    .map(({ file }) => file)
    .join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function mergedSteps(all: readonly FleetNext[]): Step[] {
  const commands = new Map<string, Set<string>>();
  for (const { what, commands: own } of all.flatMap(({ next }) => next.steps))
    commands.set(what, new Set([...(commands.get(what) ?? []), ...own]));
  return [...commands].map(([what, each]) => {
    const more = each.size - NAMED;
    return {
      what: more > 0 ? `${what} (The first ${NAMED} of ${each.size}.)` : what,
      commands: [...each].slice(0, NAMED),
    };
  });
}

function mergedConsequences(all: readonly FleetNext[]): string[] {
  const alike = new Map<string, FleetNext[]>();
  for (const one of all) {
    const key = one.next.consequences.join('\n');
    alike.set(key, [...(alike.get(key) ?? []), one]);
  }
  return [...alike]
    .slice(0, NAMED)
    .flatMap(([text, some]) => [`${listed(some)}:`, ...text.split('\n').map((line) => `  ${line}`)]);
}
