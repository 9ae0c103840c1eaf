export { CLASSES, type ChangeClass, type FieldChange, type ObjectChange, type VariantChange, worse } from './change.js';
export { compareObjects, isMountedBy, plainIdentity, plainName } from './compare.js';
export { summarize } from './summary.js';
