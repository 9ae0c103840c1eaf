export { headerOf, sourceOf } from './header.js';
export type { PlannedLayer } from './layers.js';
export { filesOf, type MakeLayer, objectsOf } from './make-layer.js';
export { type LayerContext, makePlan, type Plan } from './plan.js';
export { KeptTexts, type LayerFiles } from './tree-files.js';
export type { Files, TreeFile } from '../kustomize/index.js';
export type { VariantFinding } from './variant-findings.js';
export { buildVariant, settingsOf, unitOf, variantNames } from './variants.js';
