/** Exit codes, as documented in README.md and in --help. */
export const EXIT = {
  ok: 0,
  /** The tree differs from registry.yaml, a check found something, or git, a hook or the remote refuses the commit. */
  found: 1,
  /** The command line or registry.yaml is wrong. */
  usage: 2,
  /** Files cannot be read or written, or are in the way. */
  files: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error of the user's to be reported in one line. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
