export { committedReader } from './git/committed-file.js';
export { listAt, readFilesAt } from './git/contents.js';
export { gitEnvironment, PublishError } from './git/git.js';
export { crlfAhead } from './git/line-endings.js';
export { stagedOtherwise } from './git/index-entries.js';
export { Interrupted, takeSignals } from './git/interruption.js';
export { messageOf } from './commit/message.js';
export { type Proposal, type Source } from './commit/proposal.js';
export { preview } from './commit/preview.js';
export { publish, type Published } from './publish.js';
export { openPullRequest, type PullRequest } from './push/pull-request.js';
export { recoverLanding } from './branch/move-branch.js';
export {
  openRepository,
  pathFromTop,
  quoted,
  refuseIgnored,
  refuseLink,
  refuseNobody,
  refusePartlyStaged,
  refuseUnderWay,
  type Repository,
  waitForIndex,
} from './git/repository.js';
export { takeScratch } from './commit/scratch.js';
export { listTreeAt, NoSuchCommit, readTreeAt } from './git/tree-at.js';
export type { CommittedPath, PublishOptions } from './commit/context.js';
