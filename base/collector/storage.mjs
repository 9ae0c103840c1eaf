// Generated from registry.yaml: change that, then run `npm run generate`.
/** Runs a step for each item, so many at once. @throws what the first one throws that fails, once those that had begun have ended */
export async function inParallel(items, limit, step) {
  const rest = items[Symbol.iterator]();
  let failure;
  const work = async () => {
    for (let next = rest.next(); !next.done && !failure; next = rest.next()) {
      try {
        await step(next.value);
      }
      catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (failure)
    throw failure.error;
}
