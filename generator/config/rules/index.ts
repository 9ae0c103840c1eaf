/** The table of rules: what a schema cannot say of registry.yaml. */
import { deliveryRules } from './delivery.js';
import { garbageCollectionRules } from './garbage-collection.js';
import { imageRules } from './images.js';
import { ingressRules } from './ingress.js';
import { nameRules } from './names.js';
import { redisRules } from './redis.js';
import { resourceRules } from './resources.js';
import type { FileRule, Rule } from './rule.js';
import { s3Rules } from './s3.js';
import { unchosenKinds, uselessFields } from './useless.js';
import { volumeRules } from './volume.js';

/** The rules that a registry.yaml is validated by. */
export interface Rules {
  /** On the settings of the base and of each overlay. */
  variant: readonly Rule[];
  /** On the file as a whole. */
  file: readonly FileRule[];
}

export const rules: Rules = {
  variant: [
    uselessFields,
    ...nameRules,
    ...imageRules,
    ...redisRules,
    ...volumeRules,
    ...s3Rules,
    ...garbageCollectionRules,
    ...ingressRules,
    ...resourceRules,
  ],
  file: [unchosenKinds, ...deliveryRules],
};

/** For a registry.yaml that is half changed: its shape is validated, and no more. */
export const noRules: Rules = { variant: [], file: [] };
