export { contentHash, fileText, finish, withHashedNames } from './config-map.js';
export { factsOf, typeOf } from './merge-keys.js';
export { mergeMaps } from './merge.js';
export { diffMaps, isEqual } from './patch.js';
export { type Files, type Layer, writeLayer } from './tree.js';
export { isWrittenAlike, toYaml, type TreeFile, YamlFile } from './yaml.js';
