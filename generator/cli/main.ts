import { commandLine, type Run } from './command-line.js';
import { CliError, EXIT } from './shared/exit.js';
import { formatTakenByNpm, takenByNpm } from './shared/npm-options.js';
import { printError } from './shared/print-error.js';

type Command = NonNullable<ReturnType<typeof commandLine>['matchedCommand']>;

/** @returns the exit code */
async function main(argv: string[]): Promise<number> {
  let action: Run | undefined;
  const cli = commandLine((chosen) => {
    action = chosen;
  });
  const { args, options } = cli.parse(
    argv.map((argument) => (argument === '-' ? STANDARD_INPUT : argument)),
    { run: false },
  );
  cli.args = args.map((argument) => (argument === STANDARD_INPUT ? '-' : argument));
  if (options['help'] || options['version']) return EXIT.ok;
  if (!cli.matchedCommand) {
    if (args.length === 0) {
      cli.outputHelp();
      return EXIT.usage;
    }
    const { suggest } = await import('../config/validate.js');
    throw new CliError(
      `there is no command "${args[0]}"; ${suggest(
        args[0]!,
        cli.commands.map(({ name }) => name),
      )}`,
    );
  }
  single(options, argv);
  const asked = [cli.matchedCommand, cli.args, argv, process.env] as const;
  const taken = takenByNpm(...asked);
  if (taken) throw new CliError(taken);
  try {
    await cli.runMatchedCommand();
    return action ? await action() : EXIT.ok;
  } catch (error) {
    const { name, message } = error as Error;
    const format = error instanceof CliError || name === 'CACError' ? formatTakenByNpm(...asked) : undefined;
    if (format) throw new CliError(`${message}; ${format}`);
    throw name === 'CACError' ? new CliError(await explained(message, cli.matchedCommand)) : error;
  }
}

/** @returns what the parser refuses, in words that help */
async function explained(message: string, command: Command): Promise<string> {
  const [, unknown] = /^Unknown option `(--?.*)`$/s.exec(message) ?? [];
  if (unknown !== undefined) {
    const { suggest } = await import('../config/validate.js');
    const known = command.options.flatMap(({ names }) => names.map(optionOf));
    return `${command.name} has no option ${unknown}; ${suggest(unknown, known)}`;
  }
  if (message.startsWith('missing required args')) {
    const missing = command.args.filter(({ required }) => required).map(({ value }) => value.toUpperCase());
    return `${command.name} needs ${missing.join(' and ')}; see ${command.name} --help`;
  }
  return `${message}; see --help`;
}

/** The parser takes a lone "-" for an option without a name. */
const STANDARD_INPUT = '\0-';

/** Options that may be given more than once. */
const REPEATED = new Set(['crd', 'external', 'field', 'patch']);

/** Makes the lists of values that options come in into the one value that each may have. */
function single(options: Record<string, unknown>, argv: string[]): void {
  for (const [name, values] of Object.entries(options)) {
    if (name === '--' || !Array.isArray(values)) continue;
    const option = optionOf(name);
    const written = writtenValues(option, argv);
    if (written.includes('')) throw new CliError(`${option} is empty`);
    if (!REPEATED.has(name) && written.length > 1) throw new CliError(`${option} is given more than once`);
    options[name] = REPEATED.has(name) ? written : written[0];
  }
}

/** @returns an option as it is written. @param name as the parser calls it */
function optionOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** @returns the values of an option as they were written: the parser takes 007 for 7, 1.30 for 1.3, and nothing for 0. */
function writtenValues(option: string, argv: string[]): string[] {
  return argv.flatMap((argument, index) =>
    argument === option
      ? [argv[index + 1] ?? '']
      : argument.startsWith(`${option}=`)
        ? [argument.slice(option.length + 1)]
        : [],
  );
}

// A reader that has seen enough, such as head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') console.error(`registry-gitops: the output cannot be written: ${error.message}`);
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.files);
});

void main(process.argv)
  .catch(printError)
  .then((code) => {
    process.exitCode = code;
  });
