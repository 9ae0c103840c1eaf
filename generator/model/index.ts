export * from './explain.js';
export * from './labels.js';
export * from './model.js';
export * from './object.js';
export * from './printable.js';
export * from './security.js';
export * from './variant.js';
