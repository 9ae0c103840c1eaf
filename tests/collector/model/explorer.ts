/** Walks through all states that a model can reach, nearest first, and stops at the first one that must not be. */

export interface Model<S> {
  initial: S;
  /** Calls `step` for each state that may follow, with what happens on the way; it changes no state that it was given. */
  next: (state: S, step: (what: string, state: S) => void) => void;
  /** @returns a text that only equal states share; states that differ in names only may share it too. */
  key: (state: S) => string;
  /** @returns what must not be in a state, or nothing. */
  violation: (state: S) => string | undefined;
  /** @returns what must not be in a state that nothing follows, or nothing. */
  stuck?: (state: S) => string | undefined;
}

export interface Explored {
  states: number;
  transitions: number;
  /** Number of steps to the state that is farthest away. */
  depth: number;
  violation?: { what: string; trace: string[] };
}

/**
 * Breadth first, so the trace to a violation is one of the shortest.
 *
 * @param limit states after which it gives up
 * @throws where there are more states than that: nothing is proven then
 */
export function explore<S>({ initial, next, key, violation, stuck }: Model<S>, limit: number): Explored {
  const known = new Set([key(initial)]);
  // Of each state by its number: what happened last, and the number of the state in which it did.
  const whats = [''];
  const befores = [-1];
  const explored: Explored = { states: 1, transitions: 0, depth: 0 };
  let layer: [state: S, number: number][] = [[initial, 0]];
  const traceTo = (number: number): string[] => {
    const trace: string[] = [];
    for (let at = number; befores[at]! >= 0; at = befores[at]!) trace.unshift(whats[at]!);
    return trace;
  };
  const first = violation(initial);
  if (first) return { ...explored, violation: { what: first, trace: [] } };
  while (layer.length > 0) {
    const following: typeof layer = [];
    for (const [state, number] of layer) {
      const before = explored.transitions;
      next(state, (what, after) => {
        explored.transitions++;
        if (explored.violation) return;
        const name = key(after);
        if (known.has(name)) return;
        known.add(name);
        const found = violation(after);
        befores.push(number);
        following.push([after, whats.push(what) - 1]);
        if (found) explored.violation = { what: found, trace: traceTo(whats.length - 1) };
      });
      const end = explored.transitions === before ? stuck?.(state) : undefined;
      if (end) explored.violation = { what: end, trace: traceTo(number) };
      if (explored.violation) break;
      if (known.size > limit) throw new Error(`more than ${limit} states, at ${explored.depth} steps`);
    }
    explored.states = known.size;
    layer = following;
    if (layer.length > 0) explored.depth++;
    if (explored.violation) break;
  }
  return explored;
}
