export { cacheFile, loadMemory, saveMemory } from './cache.js';
export { remembering } from './layers.js';
export { Memory } from './memory.js';
export { keepSettled } from './settled.js';
