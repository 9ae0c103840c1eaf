export { type Collision, collisionsIn, type Member, sharedStorage } from './collisions.js';
export { FLEET, findRegistries, readFleet } from './find.js';
export { FileWatch } from './file-watch.js';
export { KEPT, promotable } from './promotable.js';
export { type Copied, differing, promote, type Promoted } from './promote.js';
