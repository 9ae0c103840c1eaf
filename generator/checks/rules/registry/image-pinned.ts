import { parseImage } from '../../../config/index.js';
import type { Rule } from '../rule.js';

/** What runs does not change by itself. */
export const imagePinned: Rule = {
  id: 'image-pinned',
  group: 'safety',
  severity: 'error',
  title: 'An image is pinned: by digest, or by an exact tag, never latest.',
  why: 'A tag that moves brings another program at the next start of a pod, on one node and not on the other, without a commit.',
  fix: 'Write an exact tag (major.minor.patch), a digest, or both.',
  check(view, report) {
    for (const { object, containers } of view.workloads) {
      for (const { container, path } of containers) {
        const complaint = unpinned(container.image);
        if (complaint) report(object, [...path, 'image'], complaint);
      }
    }
  },
};

function unpinned(image: string | undefined): string | undefined {
  const reference = parseImage(image ?? '');
  if (!reference || reference.digest) return undefined;
  const { tag } = reference;
  if (!tag) return `${image} has no tag, which is latest`;
  if (/^(latest|edge|stable|nightly|main|master|dev|canary)$/.test(tag) || /^v?\d+(\.\d+)?(-[a-z].*)?$/.test(tag))
    return `the tag ${tag} moves`;
  return undefined;
}
