/** What npm takes of a command line for itself: in `npm run commit --push`, where the -- is forgotten, the program hears of no --push. */
import type { Command } from 'cac';

type Environment = Record<string, string | undefined>;
type Option = Command['options'][number];

/** Options that npm has too, sets by itself or finds in .npmrc, and that do no harm where they are lost. */
const ALSO_NPMS = new Set(['cache', 'force', 'json', 'message']);
/** npm takes --format for a short form of --format-package-lock, and tells nobody of it: what is left is the format. */
const FORMATS = new Set(['text', 'markdown', 'json', 'yaml', 'sarif', 'github']);

/**
 * @param args the command's arguments without options, as they came
 * @returns what to write in place of a command line of which npm took options of this very command; undefined where it took none
 */
export function takenByNpm(
  command: Command,
  args: readonly string[],
  argv: readonly string[],
  environment: Environment,
): string | undefined {
  if (!isRunByNpm(command, environment)) return undefined;
  const taken = command.options.filter(
    (option) =>
      !ALSO_NPMS.has(option.name) &&
      !isGiven(option, argv) &&
      isSet(environment[`npm_config_${flagOf(option).slice(2).replaceAll('-', '_')}`]),
  );
  return taken.length > 0 ? rightLine(command, taken, args) : undefined;
}

/** @returns the same where a format stands for an argument, which may be one in truth: for a command that failed. */
export function formatTakenByNpm(
  command: Command,
  args: readonly string[],
  argv: readonly string[],
  environment: Environment,
): string | undefined {
  const format = command.options.find(({ name }) => name === 'format');
  if (!format || !isRunByNpm(command, environment) || isGiven(format, argv) || !args.some((arg) => FORMATS.has(arg)))
    return undefined;
  return rightLine(command, [format], args);
}

/** A program that npm's script starts, such as a hook, has the same environment, and is another command. */
function isRunByNpm({ name }: Command, environment: Environment): boolean {
  return environment['npm_lifecycle_event'] === name;
}

function isGiven(option: Option, argv: readonly string[]): boolean {
  return argv.some((argument) => argument === flagOf(option) || argument.startsWith(`${flagOf(option)}=`));
}

/** npm writes false as nothing. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false';
}

/** @returns the option as it is written, such as --push-timeout. */
function flagOf({ rawName }: Option): string {
  return rawName.split(' ')[0]!;
}

function rightLine(command: Command, taken: readonly Option[], args: readonly string[]): string {
  // The value of an option is left among the arguments, and does not say whose it is.
  const known = taken.every(({ isBoolean }) => isBoolean)
    ? args
    : command.args.filter(({ required }) => required).map(({ value }) => `<${value}>`);
  const line = ['npm run', command.name, '--', ...known, ...taken.map(({ rawName }) => rawName)].join(' ');
  return `npm took ${taken.map(flagOf).join(' and ')} for itself; write: ${line}`;
}
