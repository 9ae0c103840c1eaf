export { type Committer, startCommitter } from './committer.js';
export { isFolder, makeFolder, nearestThere, realPathOf } from './folder.js';
export { hashOf, MANIFEST, manifestOf, OWN_FOLDERS, ownedPaths } from './manifest.js';
export { kindOf, NotReadable, readOpened, readRegularFile } from './read-file.js';
export { quiet, recover } from './staging.js';
export { type Change, compareTree, type Comparison, type DiskMemo, TreeError, type WantedFiles } from './tree.js';
export { cacheFolder } from './user-folder.js';
export { writeChanges } from './write.js';
