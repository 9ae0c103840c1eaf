/** Garbage collection as a protocol: survey; refuse writes, flush the cache, look again, remove, flush again, take writes again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.mjs';
import { Guard, onceAnswered, staysClosed, type Times, waitFor } from './guard.mjs';
import { type Lock, Lost } from './lock.mjs';
import { count, isWorthIt, report, sizeOf } from './report.mjs';
import type { Storage } from './storage.mjs';
import type { Findings, Survey } from './survey.mjs';
import { removeManifests, sweep } from './sweep.mjs';
import { TooSlow } from './upstream.mjs';

export interface Collection {
  cluster: Cluster;
  lock: Lock;
  /** Empties the cache; does nothing where there is none that outlives the pods. */
  flush: () => Promise<void>;
  storage: Storage;
  survey: Survey;
  /** Bytes of garbage below which no write is refused for it. */
  minimum: number;
  times: Times;
  /** Tells people how far it is. */
  say: (text: string) => void;
  /** Stops the collection where it is. */
  signal: AbortSignal;
}

/** To let the registry take writes again, within some 25 s. What was not done by then is left to recover. */
const ATTEMPTS = 6;
/** Seconds that the registry's collector may take while writes are refused: for what has just become garbage. */
const SECOND_OPINION = 30;

/**
 * Runs one collection. Wherever it ends, it leaves the registry taking writes, and nothing in the cache that is not in the
 * storage: the cache is empty before anything is deleted, and read-only pods put nothing into it.
 *
 * @returns what the survey found
 * @throws what went wrong; the registry takes writes again then, or the error says that it could not be made to
 */
export async function collect(collection: Collection): Promise<Findings> {
  const { cluster, lock, storage, survey, times, say, signal, minimum } = collection;
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    // A survey may take long: nobody waits for it with a registry that an earlier collection left read-only.
    const earlier = { cluster, lock, say, settle: storage.settle };
    await onceAnswered(() => recover(earlier), 2 * times.patience, stop.signal);
    const findings = await survey.findings(stop.signal, { mend: true });
    report(findings, say);
    if (isWorthIt(findings, minimum, say)) await pause(collection, findings, stop);
    return findings;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Makes the registry take writes again, unless a collection is under way.
 *
 * @param settle seconds that one of the registry's machines may not see what the collection has removed
 * @throws Held if one is
 */
export async function recover({
  cluster,
  lock,
  say,
  settle,
}: Pick<Collection, 'cluster' | 'lock' | 'say'> & { settle: number }): Promise<void> {
  if (!(await cluster.registry()).touched) return;
  await lock.acquire();
  say('a collection that has ended left the registry read-only');
  await keeping(lock, settle);
  await reopen(cluster, lock, say, undefined);
  await lock.release();
}

/** Waits, and says meanwhile that the lock is held. */
async function keeping(lock: Lock, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await sleep(Math.min(5000, end - performance.now()));
    await lock.renew();
  }
}

/** Refuses writes for as long as it takes to remove what was found, and what is still so. */
async function pause(collection: Collection, findings: Findings, stop: AbortController): Promise<void> {
  const { cluster, lock, flush, storage, times, say } = collection;
  const { signal } = stop;
  const patiently = <T,>(step: () => Promise<T>): Promise<T> => onceAnswered(step, 2 * times.patience, signal);
  await patiently(() => lock.acquire());
  const guard = new Guard(cluster, lock, times, stop);
  const timer = setTimeout(() => stop.abort(new Error(`not done within ${times.deadline} s`)), times.deadline * 1000);
  let failure: unknown;
  let mayBeClosed = false;
  try {
    if ((await patiently(() => cluster.registry())).touched) {
      mayBeClosed = true;
      say('an earlier collection left the registry read-only: enabling writes first');
      await sleep(storage.settle * 1000, undefined, { signal });
      await cluster.setClosed(false);
      await waitFor(cluster, times, signal, ({ rolledOut }) => rolledOut);
    }
    // Whoever was frozen until now, or told to stop, has nothing to close any more.
    await patiently(() => lock.renew());
    signal.throwIfAborted();
    say('writes are refused from now on');
    mayBeClosed = true;
    await patiently(() => cluster.setClosed(true));
    await waitFor(cluster, times, signal, (registry) => {
      staysClosed(registry);
      return registry.rolledOut && registry.writers.length === 0;
    });
    guard.mustBeClosed = true;
    await flush();
    say('no pod accepts writes, and the cache is empty: collecting');
    await sleep(storage.settle * 1000, undefined, { signal });
    await remove(collection, findings, signal);
    // Nobody should have written to it; but who knows whose Redis this is.
    await flush();
  } catch (error) {
    failure = signal.aborted ? signal.reason : error;
  }
  clearTimeout(timer);
  guard.stop();
  // Who took the lock has found the registry read-only, and sees to it.
  if (failure instanceof Lost) throw failure;
  if (mayBeClosed) await reopen(cluster, lock, say, failure);
  await lock.release();
  if (failure) throw failure;
}

/** Looks again, as nothing changes any more, and removes what both marks call garbage. */
async function remove(
  { storage, survey, times, say }: Collection,
  { garbage, links, upstreamSeconds }: Findings,
  signal: AbortSignal,
): Promise<void> {
  const plan = await survey.plan(signal);
  const isFreed = plan.removals.length > 0 && upstreamSeconds <= SECOND_OPINION;
  try {
    await removeManifests(storage, plan.removals, signal, say);
    const freed = isFreed ? await survey.garbageNow(plan, links, SECOND_OPINION, signal).catch(nothingIfSlow) : [];
    const all = [...new Map([...garbage, ...freed])].filter(([blob]) => plan.isGarbage(blob));
    const { blobs, bytes, left } = await sweep(storage, all, links, times.sweep, signal);
    say(`removed ${count(blobs, 'blob')}, ${sizeOf(bytes)}`);
    if (left > 0) say(`left to the next collection, as ${times.sweep} s are over: ${count(left, 'blob')}`);
  } finally {
    // Before anyone asks again whether a blob is there.
    await sleep(storage.settle * 1000);
  }
}

/** What the registry's collector has not looked at in time waits for the next collection. */
function nothingIfSlow(error: unknown): [] {
  if (error instanceof TooSlow) return [];
  throw error;
}

/** @throws Lost where another has the lock meanwhile, and whether the registry is read-only is for that one to say */
async function reopen(cluster: Cluster, lock: Lock, say: (text: string) => void, failure: unknown): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await lock.renew();
      await cluster.setClosed(false);
      break;
    } catch (error) {
      if (error instanceof Lost) throw error;
      if (attempt === ATTEMPTS)
        throw new Error(
          `${failure ? `${messageOf(failure)}; and ` : ''}the registry is still read-only: ${messageOf(error)}`,
          { cause: error },
        );
      await sleep(1000 * attempt);
    }
  }
  say('writes are accepted again, as the pods are replaced');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
