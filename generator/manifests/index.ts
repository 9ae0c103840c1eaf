export { ManifestFile, type Place } from './document.js';
export type { FileFinding } from './file-finding.js';
export { FileTree, type Known, readerOf } from './file-tree.js';
export { LayerError, readLayer, type Read } from './kustomization.js';
export { build, findKustomize } from './kustomize.js';
export { placeIn } from './locate.js';
export { refuseFiles } from './refused-files.js';
export { type LoadedUnit, ManifestError, readUnits } from './units.js';
export { WrittenTree } from './written.js';
