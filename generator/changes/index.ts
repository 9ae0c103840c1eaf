export {
  CLASSES,
  type ChangeClass,
  type FieldChange,
  isOverlay,
  type ObjectChange,
  reportedVariants,
  type VariantChange,
  worse,
} from './change.js';
export { compareObjects, isMountedBy, plainIdentity, plainName } from './compare.js';
export { summarize } from './summary.js';
