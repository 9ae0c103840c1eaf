export { MANIFEST } from './manifest.js';
export { type Change, compareTree, type Comparison, TreeError } from './tree.js';
export { quiet, recover, writeChanges } from './write.js';
