/** Collections that would lose images. */
import type { Rule } from './rule.js';

export const garbageCollectionRules: readonly Rule[] = [
  {
    id: 'delete-untagged-version',
    check({ settings: { gc, version }, report }) {
      // distribution issues 3178, 3004, 2914; mended in 3.x by pull request 4285
      if (gc.enabled && gc.deleteUntagged && version.major === 2)
        report(
          ['gc.deleteUntagged', 'image', 'version'],
          'registry 2.8 would delete parts of multi-arch images; use registry 3.1 or newer, or set gc.deleteUntagged: false',
        );
    },
  },
];
