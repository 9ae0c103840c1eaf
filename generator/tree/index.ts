export { isFolder, makeFolder, nearestThere, realPathOf } from './folder.js';
export { hashOf, MANIFEST, manifestOf, OWN_FOLDERS, ownedPaths } from './manifest.js';
export { NotReadable, readOpened, readRegularFile } from './read-file.js';
export { type Change, compareTree, type Comparison, type DiskMemo, TreeError, type WantedFiles } from './tree.js';
export { userFolder } from './user-folder.js';
export { type Committer, quiet, recover, startCommitter, writeChanges } from './write.js';
