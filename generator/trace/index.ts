export { causeOf } from './cause.js';
export { type BrokenRules, type Effect, effectsOf, isOfDelivery, variantsThatChoose } from './effects.js';
export { fieldsWithSay, nameOf, type Say, type Share, sharesIn } from './origin.js';
export { keysOf, WhatIf } from './what-if.js';
