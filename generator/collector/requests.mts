/** Requests over HTTP that are tried again while there is hope. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Call {
  method: string;
  url: URL | string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface Patience {
  /** How often it is tried in all. */
  tries: number;
  /** Milliseconds that each try has, to the last byte of the answer. */
  timeout: number;
  /** Milliseconds before the second try at most; they double each time. */
  pause: number;
}

/**
 * Sends a request until it is answered by something else than "too many" (429) or "out of order" (5xx, but 501: it will never
 * be implemented).
 *
 * @param make the request, anew for each try: a signature holds for some minutes
 * @param signal after which it is not tried again; a try that has begun is waited for, as it may be carried out at any time
 * @returns the last answer, which may still be 429 or 5xx
 * @throws Error that says why none came
 */
export async function send(
  make: () => Promise<Call>,
  { tries, timeout, pause }: Patience,
  signal?: AbortSignal,
): Promise<Answer> {
  for (let left = tries - 1, wait = pause; ; left--, wait *= 2) {
    signal?.throwIfAborted();
    const { url, ...call } = await make();
    try {
      const response = await fetch(url, {
        ...call,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      });
      const { status, headers } = response;
      const answer = { status, headers, body: Buffer.from(await response.arrayBuffer()) };
      if (left === 0 || !isTransient(status)) return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (left === 0) throw new Error(reasonOf(error), { cause: error });
    }
    // Not all at the same moment: what is overloaded would be so again.
    await sleep(wait * (0.5 + Math.random() / 2));
  }
}

function isTransient(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** Of "fetch failed" the cause says more. */
function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error & { cause?: Error & { code?: string } };
  if (name === 'TimeoutError') return 'no answer in time';
  return cause?.message || cause?.code || message;
}
