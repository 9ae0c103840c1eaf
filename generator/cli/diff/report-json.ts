import { summarize } from '../../changes/index.js';

import { type Report, worstOf } from './report.js';

/** For a program. */
export function asJson({ from, to, changes }: Report): string {
  const worst = worstOf(changes.flatMap(({ objects }) => objects));
  const overlays = changes.map(({ variant, state, objects }) => ({
    overlay: variant,
    ...(state ? { state } : {}),
    class: worstOf(objects),
    objects: objects.map(
      ({ change, object: { apiVersion, kind, metadata }, class: worstClass, why, remedy, fields }) => ({
        change,
        apiVersion,
        kind,
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
        class: worstClass,
        ...(why ? { why } : {}),
        ...(remedy ? { remedy } : {}),
        fields: fields.map(({ path, inner, label, before, after, class: fieldClass, why: reason, remedy: todo }) => ({
          path,
          ...(inner ? { inner } : {}),
          label,
          before,
          after,
          class: fieldClass,
          ...(reason ? { why: reason } : {}),
          ...(todo ? { remedy: todo } : {}),
        })),
      }),
    ),
  }));
  return `${JSON.stringify({ from, to, class: worst, summary: summarize(changes), overlays }, null, 2)}\n`;
}
