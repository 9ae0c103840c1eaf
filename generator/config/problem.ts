/** Something wrong with registry.yaml: where it is, what is wrong and what to do. */
export interface Problem {
  /** The file as the user named it. */
  file: string;
  /** Line and column, counted from 1. */
  line: number;
  column: number;
  /** Path in the document, such as overlays.tls.redis.type; empty for the document itself. */
  path: string;
  message: string;
}

/** All that is wrong with registry.yaml and the files that it names, each in the order of the file. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem[]) {
    const ordered = sortProblems(problems);
    super(ordered.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = ordered;
  }
}

/** @returns the problem as file:line:column: path: message, the form that editors and CI make into a link. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column}: ${path ? `${path}: ` : ''}${message}`;
}

/** A mistake in the base is found in every overlay that inherits it, and reported once. */
function sortProblems(problems: Problem[]): Problem[] {
  const distinct = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  const files = [...new Set(problems.map(({ file }) => file))];
  return [...distinct.values()].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
