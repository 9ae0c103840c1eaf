/** Steps, as they are printed. */
import { colours } from '../../shared/colours.js';

/** What is to be done, in a sentence, and the commands or the lines that go with it. */
export interface Step {
  what: string;
  commands: string[];
}

/** What is to be printed after a change. */
export interface Next {
  steps: Step[];
  /** What the change does in the cluster, in lines. */
  consequences: string[];
  /** The command that prints the whole way, for who has not applied the registry yet; undefined where the steps are that. */
  wholeWay: string | undefined;
  /**
   * first: the registry is not in the cluster yet. by-hand: something has to be made or decided by hand. routine: the steps
   * only bring the change to the cluster.
   */
  kind: 'first' | 'by-hand' | 'routine';
}

/** Prints the steps of one registry. @param title below which they stand */
export function printNext({ steps, consequences, wholeWay }: Next, title = 'Next'): void {
  if (steps.length + consequences.length === 0) {
    console.log('Nothing changes in the cluster.');
    return;
  }
  console.log(`\n${colours.bold(title)}`);
  for (const [index, { what, commands }] of steps.entries()) {
    console.log(`  ${steps.length > 1 ? `${index + 1}. ` : ''}${what}`);
    for (const command of commands) console.log(`       ${command}`);
  }
  if (consequences.length > 0) console.log('  What changes in the cluster:');
  for (const line of consequences) console.log(`       ${line}`);
  if (wholeWay !== undefined) console.log(colours.dim(`  Not applied yet? All steps: ${wholeWay}`));
}
