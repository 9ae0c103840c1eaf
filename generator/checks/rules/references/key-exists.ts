import { providedBy, referencesOf } from '../../references/index.js';
import type { Rule } from '../rule.js';

/** Keys that are read from ConfigMaps and Secrets are in them. */
export const keyExists: Rule = {
  id: 'key-exists',
  group: 'reference',
  severity: 'error',
  title: 'A key that is read from a ConfigMap or Secret is in it.',
  why: 'A pod that reads a key which is not there does not start, and says so only in its events.',
  fix: 'Correct the key, or add it.',
  check(view, report) {
    const provided = new Map(
      providedBy(view).map((object) => [`${object.kind}/${object.namespace}/${object.name}`, object]),
    );
    for (const { from, kinds, name, namespace, keys } of referencesOf(view)) {
      const holder = provided.get(`${kinds[0]}/${namespace}/${name}`);
      if (!holder?.keys) continue;
      for (const { key, path } of keys) {
        if (!holder.keys.has(key))
          report(from, path, `${kinds[0]}/${name} has no key "${key}"`, {
            hint: holder.keys.size > 0 ? `it has ${[...holder.keys].join(', ')}` : 'it is empty',
          });
      }
    }
  },
};
