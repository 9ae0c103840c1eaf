/** What the program's own command line takes, as its --help lists it. */
import { run } from '../support/cli.js';

interface OwnCommand {
  /** --option -> whether a value follows. */
  options: Map<string, boolean>;
  required: number;
  most: number;
}

const known = new Map<string, OwnCommand | undefined>();

/** Names of all commands. */
export const ownCommands = helpOf([])
  .split('\n')
  .flatMap((line) => /^ {2}([a-z][\w-]*) .*? {2}\S/.exec(line)?.[1] ?? []);

/** @returns every option of every command. */
export function ownOptions(): Set<string> {
  return new Set([...ownCommands.flatMap((name) => [...ownCommand(name)!.options.keys()]), '--version']);
}

/**
 * @param args the command and what follows it
 * @returns what the program does not take, in words; undefined where it takes all
 */
export function problemOfOwn([name = '', ...args]: string[]): string | undefined {
  if (name.startsWith('--')) return name === '--help' || name === '--version' ? undefined : `no option ${name}`;
  const command = ownCommand(name);
  if (!command) return `there is no command ${name}`;
  let positionals = 0;
  for (let index = 0; index < args.length; index++) {
    const [option = '', value] = args[index]!.split('=', 2);
    if (!option.startsWith('--')) {
      positionals++;
      continue;
    }
    const takesValue = command.options.get(option);
    if (takesValue === undefined) return `${name} has no option ${option}`;
    if (takesValue && value === undefined && args[++index] === undefined) return `${option} needs a value`;
  }
  // A sentence may name an option of a command without all that the command needs.
  if (positionals > command.most) return `${name} takes ${command.most} arguments, not ${positionals}`;
  return undefined;
}

/** @returns whether all that a command needs is there. */
export function isComplete([name = '', ...args]: string[]): boolean {
  const command = ownCommand(name)!;
  const values = args.filter(
    (arg, index) => !arg.startsWith('--') && command.options.get(args[index - 1] ?? '') !== true,
  );
  return values.length >= command.required;
}

function ownCommand(name: string): OwnCommand | undefined {
  if (!known.has(name)) known.set(name, ownCommands.includes(name) ? parseHelp(helpOf([name])) : undefined);
  return known.get(name);
}

function helpOf(args: string[]): string {
  return run('.', [...args, '--help']).out;
}

function parseHelp(help: string): OwnCommand {
  const [, usage = ''] = /\$ registry-gitops ?(.*)/.exec(help)!;
  const lines = help.split('\n').flatMap((line) => [.../^ {2}(?:-\w, )?(--[\w-]+)( <\w+>)?/g[Symbol.matchAll](line)]);
  return {
    options: new Map(lines.map(([, option, value]) => [option!, value !== undefined])),
    required: usage.match(/<\w+>/g)?.length ?? 0,
    most: usage.includes('[...') ? Infinity : (usage.match(/[<[]\w+[>\]]/g)?.length ?? 0),
  };
}
