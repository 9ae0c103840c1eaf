// Generated from registry.yaml: change that, then run `npm run generate`.
/** Lines of one kind beyond which the rest is only counted. */
const LINES = 1000;

/** @param bytes such as 1536, for 1.5 KiB */
export function sizeOf(bytes) {
  let value = bytes;
  for (const unit of ['bytes', 'KiB', 'MiB', 'GiB']) {
    if (value < 1024)
      return `${unit === 'bytes' ? value : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** What would go, and why, and what would not, though the registry's own collector would remove it. */
export function report({ removals, previews, garbage, freed, young, conflicts }, say) {
  say(`garbage: ${countOf(garbage)}; ${manifestsIn(removals)} manifests to remove, which frees ${countOf(freed)}`);
  if (young > 0)
    say(`${young} blobs that no image uses are younger than the grace time, and stay`);
  list(removals, 'to be removed', say);
  list(previews, 'retention (dry run) would remove', say);
  for (const { blob, image } of conflicts)
    say(`kept: ${blob}, which the registry's own collector would remove, is in use by ${image}`);
}

/** @param minimum bytes @returns whether writes should be refused for what was found */
export function isWorthIt({ removals, garbage, freed }, minimum, say) {
  const bytes = totalOf(garbage) + totalOf(freed);
  const isNothing = removals.length === 0 && garbage.size === 0;
  if (isNothing)
    say('there is nothing to remove: no write is refused');
  else if (bytes < minimum)
    say(`less than ${sizeOf(minimum)} to gain: no write is refused`);
  return !isNothing && bytes >= minimum;
}

function list(removals, what, say) {
  const lines = removals.flatMap(({ repository, tags, manifests }) => [
    ...tags.map(({ tag, reason }) => `${repository}:${tag}: ${reason}`),
    ...manifests.map((digest) => `${repository}@${digest}: no tag or image that stays needs it`),
  ]);
  for (const line of lines.slice(0, LINES))
    say(`${what}: ${line}`);
  if (lines.length > LINES)
    say(`${what}: ${lines.length - LINES} more`);
}

function manifestsIn(removals) {
  return removals.reduce((sum, { manifests }) => sum + manifests.length, 0);
}

function countOf(sizes) {
  return `${sizes.size} blobs, ${sizeOf(totalOf(sizes))}`;
}

function totalOf(sizes) {
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}
