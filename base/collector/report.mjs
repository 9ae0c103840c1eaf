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

/** @returns such as "1 blob", "2 blobs". */
export function count(number, thing) {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** What would go, and why, and what would not, though the registry's own collector would remove it. */
export function report(findings, say) {
  const { removals, previews, previewed, broken, garbage, freed, young, conflicts } = findings;
  say(`garbage: ${sumOf(garbage)}; to be removed: ${thingsIn(removals)}, which frees ${sumOf(freed)}`);
  list(removals, 'to be removed', say);
  if (previews.length > 0)
    say(`retention (dry run) would remove ${thingsIn(previews)}, which frees ${sumOf(previewed)}`);
  list(previews, 'retention (dry run) would remove', say);
  if (young > 0)
    say(`kept: ${count(young, 'blob')} that no image uses, as pushed within the grace time`);
  for (const tag of broken)
    say(`kept: all of the repository of ${tag}, as that tag cannot be read`);
  for (const { blob, image } of conflicts)
    say(`kept: ${blob}, which the registry's own collector would remove: ${image} uses it`);
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
    ...manifests.map((digest) => {
      const names = tags.flatMap((one) => (one.digest === digest ? one.tag : []));
      const was = names.length > 0 ? `was ${names.join(', ')}` : 'no tag or image that stays needs it';
      return `${repository}@${digest}: ${was}`;
    }),
  ]);
  for (const line of lines.slice(0, LINES))
    say(`${what}: ${line}`);
  if (lines.length > LINES)
    say(`${what}: ${lines.length - LINES} more`);
}

function thingsIn(removals) {
  const sum = (kind) => removals.reduce((total, one) => total + one[kind].length, 0);
  return `${count(sum('tags'), 'tag')}, ${count(sum('manifests'), 'manifest')}`;
}

function sumOf(sizes) {
  return `${count(sizes.size, 'blob')}, ${sizeOf(totalOf(sizes))}`;
}

function totalOf(sizes) {
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}
