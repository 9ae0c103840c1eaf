import { constants } from 'node:os';
import {
  crlfAhead,
  Interrupted,
  openPullRequest,
  openRepository,
  preview,
  publish,
  PublishError,
  type Published,
  type PublishOptions,
  recoverLanding,
  refuseNobody,
  refuseUnderWay,
  type Repository,
  stagedOtherwise,
  takeScratch,
  takeSignals,
  waitForIndex,
} from '../../publish/index.js';
import type { CommitCommandOptions } from './options.js';
import { printCommit, type CommitOutcome } from './report.js';
import { RegistriesSource } from './registries-source.js';
import { RefusedByChecks } from './registry-source.js';
import { CliError, EXIT } from '../shared/exit.js';
import { Progress } from '../shared/progress.js';
import { registriesOf } from '../shared/registries.js';

const KINDS = { refused: EXIT.found, usage: EXIT.usage, repository: EXIT.files };

/** `commit`: generates, checks, and commits exactly what was generated and what it comes of. @returns the exit code */
export async function commit(options: CommitCommandOptions): Promise<number> {
  const leaveSignals = takeSignals();
  try {
    const done = await committed(options);
    printCommit(done, options);
    const { repository, source, published } = done;
    if (!options.json && !options.dryRun && published.commit !== undefined)
      await (await import('./next-steps.js')).printNextSteps(repository, source, published, options);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error(
        'registry-gitops: interrupted. What was begun is taken back; a commit that was made stands. Run again.',
      );
      leaveSignals();
      process.kill(process.pid, error.signal);
      return 128 + constants.signals[error.signal];
    }
    if (error instanceof RefusedByChecks) {
      if (options.json) console.log(JSON.stringify({ findings: error.findings }, null, 2));
      else
        process.stderr.write(
          `${error.text}Nothing was written or committed. A rule that may be broken is named in checks.ignore, with the reason; docs/reference/checks.md has them all.\n`,
        );
      return EXIT.found;
    }
    if (error instanceof PublishError) throw new CliError(error.message, KINDS[error.kind]);
    if (isDiskFault(error)) throw new CliError(`${(error as Error).message}. Nothing was committed.`, EXIT.files);
    throw error;
  }
}

/** A full disk, a limit, a folder that is not writable: told by Node of its own files as by git of its. */
function isDiskFault(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'EROFS', 'EIO'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

async function committed(options: CommitCommandOptions): Promise<CommitOutcome & { repository: Repository }> {
  const { places, isFleet } = await registriesOf(options);
  const publishOptions = optionsOf(options);
  const repository = await openRepository(places[0]!.root, options.dryRun ? 'read' : 'write');
  refuseUnderWay(repository);
  await waitForIndex(repository);
  if (!options.dryRun) await refuseNobody(repository, options.author);
  const scratch = await takeScratch(repository);
  try {
    const source = new RegistriesSource(repository, places, {
      isFleet,
      ...(options.message === undefined ? {} : { message: options.message }),
      dryRun: options.dryRun ?? false,
    });
    if (options.dryRun)
      return { repository, source, published: await preview(repository, scratch, source, publishOptions) };
    await recoverLanding(repository, scratch, options.branch);
    const progress = new Progress();
    const published = await publish(repository, scratch, source, {
      ...publishOptions,
      onWait: (text) => (text === undefined ? progress.clear() : progress.step(text)),
    }).finally(() => progress.clear());
    // A checkout of what others pushed may have changed ends of lines.
    await source.writeAgain();
    const crlf = await crlfAhead(repository, source.generatedPaths());
    const staged = await stagedOtherwise(repository.git, source.generatedPaths());
    return {
      repository,
      source,
      published,
      crlf,
      staged,
      ...(options.pullRequest ? { pullRequest: await pullRequestOf(repository, published, publishOptions) } : {}),
    };
  } finally {
    scratch.giveUp();
  }
}

function optionsOf({
  author,
  signoff,
  branch,
  push,
  pushTimeout = '120',
  pullRequest,
}: CommitCommandOptions): PublishOptions {
  const seconds = Number(pushTimeout);
  if (!/^\d+$/.test(pushTimeout) || seconds < 1 || seconds > 86_400)
    throw new CliError(`--push-timeout ${pushTimeout}: expected seconds, from 1 to 86400`);
  return {
    ...(author === undefined ? {} : { author }),
    ...(signoff === undefined ? {} : { signoff }),
    ...(branch === undefined ? {} : { branch }),
    push: push === true || pullRequest === true,
    pullRequest: pullRequest === true,
    pushTimeout: seconds,
  };
}

/** A run that was killed after its push has left no request: the next one, on the same branch, opens it. */
async function pullRequestOf(
  repository: Repository,
  { commit, message, branch, from, pushed }: Published,
  options: PublishOptions,
): Promise<CommitOutcome['pullRequest']> {
  if (branch === undefined || (commit === undefined && branch !== options.branch)) return undefined;
  const { targetOf } = await import('../../publish/push/remote.js');
  const target = pushed?.target ?? (await targetOf(repository, `refs/heads/${branch}`));
  return openPullRequest(repository, target, message ?? (await repository.git.run(['log', '-1', '--format=%B'])), from);
}
