/** What `commit` did, for a person or a machine. */
import { printable } from '../../model/index.js';
import { type CommittedPath, type Published, type PullRequest, quoted } from '../../publish/index.js';
import { colours } from '../shared/colours.js';
import { pathLines } from '../shared/path-lines.js';
import type { CommitCommandOptions } from './options.js';
import type { RegistriesSource } from './registries-source.js';

export interface CommitOutcome {
  source: RegistriesSource;
  published: Published;
  /** Whether the next checkout gives the tree other ends of lines. */
  crlf?: boolean;
  /** Generated files that are staged with other contents than were committed. */
  staged?: string[];
  pullRequest?: PullRequest | undefined;
}

const SIGNS = { added: colours.green('+'), changed: colours.yellow('~'), removed: colours.red('-') };
/** Files that are named one by one. */
const NAMED = 40;

/** Prints the result. Warnings go to standard error. */
export function printCommit(reported: CommitOutcome, { json, dryRun = false }: CommitCommandOptions): void {
  const { source, published, crlf, staged = [], pullRequest } = reported;
  const { commit = null, message = null, branch = null, paths, pushed } = published;
  if (json) {
    console.log(
      JSON.stringify(
        {
          dryRun,
          commit,
          branch,
          message: message?.trimEnd() ?? null,
          paths,
          pushed: pushed ? { remote: pushed.remote, branch: pushed.branch, attempts: pushed.attempts } : null,
          pullRequest: pullRequest ?? null,
          findings: source.findings,
        },
        null,
        2,
      ),
    );
    return;
  }
  process.stderr.write(source.text);
  if (paths.length === 0) console.log(`Nothing to commit: ${source.name} committed as they are.`);
  else if (dryRun) tellPaths(paths, `Would commit ${count(paths)}:\n\n${indented(message!)}`);
  else
    tellPaths(
      paths,
      `Committed ${count(paths)}${branch === null ? '' : ` to ${branch}`} as ${commit!.slice(0, 10)}:\n\n${indented(message!)}`,
    );
  if (pushed)
    console.log(
      `Pushed to ${pushed.remote}/${pushed.branch}${pushed.attempts > 1 ? `, at attempt ${pushed.attempts}: others were pushing` : ''}.`,
    );
  if (pullRequest) tellPullRequest(pullRequest);
  if (staged.length > 0)
    console.error(
      `${colours.yellow('warning:')} staged otherwise than generated, so that the next git commit would take that, and check fail: ${printable(staged.slice(0, NAMED).join(', '))}${staged.length > NAMED ? ` and ${staged.length - NAMED} more` : ''}; take them back: git restore --staged ${staged.length > NAMED ? 'FILE' : printable(staged.map(quoted).join(' '))}`,
    );
  if (crlf)
    console.error(
      `${colours.yellow('warning:')} git is configured to check these files out with CRLF, which \`check\` reports as a change; add to .gitattributes: * text=auto eol=lf`,
    );
}

function tellPaths(paths: readonly CommittedPath[], summary: string): void {
  for (const line of pathLines(paths.map(({ status, path }) => ({ sign: SIGNS[status], path })))) console.log(line);
  console.log(summary);
}

function tellPullRequest(pullRequest: PullRequest): void {
  if ('url' in pullRequest) console.log(`Pull request: ${pullRequest.url}`);
  else
    console.log(
      `To open a pull request${pullRequest.page ? `: ${pullRequest.page}\nOr, with GitHub's program gh` : ", with GitHub's program gh"}: ${pullRequest.command}`,
    );
}

function count(paths: readonly CommittedPath[]): string {
  return paths.length === 1 ? 'one file' : `${paths.length} files`;
}

function indented(message: string): string {
  return (
    printable(message)
      .trimEnd()
      .split('\n')
      .map((line) => (line ? `    ${line}` : ''))
      .join('\n') + '\n'
  );
}
