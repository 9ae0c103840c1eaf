export { MANIFEST, manifestOf, ownedPaths } from './manifest.js';
export { type Change, compareTree, type Comparison, TreeError } from './tree.js';
export { type Committer, quiet, recover, startCommitter, writeChanges } from './write.js';
