import type { ConfigError } from '../../config/index.js';
import { printable } from '../../model/index.js';
import { CliError, EXIT, type ExitCode } from './exit.js';

/**
 * Tells an error: as JSON where the command line asks for that.
 *
 * @param quiet whether the caller itself tells what is wrong with registry.yaml, or with files
 * @returns the exit code
 */
export function printError(error: unknown, quiet = false): ExitCode {
  const { name, message } = error as Error;
  if (quiet && (error instanceof CliError || ['ConfigError', 'TreeError'].includes(name)))
    return error instanceof CliError ? error.exitCode : name === 'ConfigError' ? EXIT.usage : EXIT.files;
  if (error instanceof CliError) {
    console.error(`registry-gitops: ${printable(message)}`);
    return error.exitCode;
  }
  switch (name) {
    case 'ConfigError':
      if (process.argv.includes('--json'))
        console.log(JSON.stringify({ problems: (error as ConfigError).problems }, null, 2));
      else console.error(printable(message));
      return EXIT.usage;
    case 'TreeError':
      console.error(`registry-gitops: ${printable(message)}`);
      return EXIT.files;
    default:
      console.error(
        `registry-gitops: a fault of this program: ${process.env['DEBUG'] ? (error as Error).stack : message}`,
      );
      console.error('Run again with DEBUG=1 to see where, and please report it.');
      return EXIT.files;
  }
}
