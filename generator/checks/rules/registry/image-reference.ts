import { parseImage } from '../../../config/index.js';
import type { Rule } from '../rule.js';

/** An image is a reference that a node can pull. */
export const imageReference: Rule = {
  id: 'image-reference',
  group: 'reference',
  severity: 'error',
  title: 'An image is a reference that a node can pull.',
  why: 'The API server takes any text; the pod then stands in InvalidImageName for ever.',
  fix: 'Write [registry/]repository:tag, or with @sha256:... and 64 hex digits.',
  check(view, report) {
    for (const { object, containers } of view.workloads) {
      for (const { container, path } of containers) {
        const { image } = container;
        if (typeof image === 'string' && image !== '' && !parseImage(image))
          report(object, [...path, 'image'], `is no image reference: ${JSON.stringify(image)}`);
      }
    }
  },
};
