export { type Cause, causeOf } from './cause.js';
