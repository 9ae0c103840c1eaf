export { committedReader } from './committed.js';
export { listAt, readContents, readFilesAt } from './contents.js';
export { PublishError } from './git.js';
export { crlfAhead } from './line-ends.js';
export { stagedOtherwise } from './index-entries.js';
export { Interrupted, takeSignals } from './interruption.js';
export { messageOf } from './message.js';
export { type Proposal, type Source } from './proposal.js';
export { preview } from './preview.js';
export { publish, type Published } from './publish.js';
export { openPullRequest, type PullRequest } from './pull-request.js';
export { recoverLanding } from './land.js';
export {
  openRepository,
  pathFromTop,
  quoted,
  readHead,
  refuseIgnored,
  refuseLink,
  refuseNobody,
  refusePartlyStaged,
  refuseUnderWay,
  type Repository,
  waitForIndex,
} from './repository.js';
export { type Scratch, takeScratch } from './scratch.js';
export { listTreeAt, readTreeAt, type TreeAt } from './tree-at.js';
export type { CommittedPath, PublishOptions } from './work.js';
