export { fileText, finish } from './config-map.js';
export { type Files, type Layer, writeLayer } from './tree.js';
export { toYaml } from './yaml.js';
