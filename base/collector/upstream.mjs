// Generated from registry.yaml: change that, then run `npm run generate`.
/** The registry's own collector, which only reports here: the second opinion on what is garbage. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isDigest } from './layout.mjs';

/**
 * What it ends with, on every storage, where nobody has pushed anything yet: no repository, or only uploads that were never
 * finished. With a longer path it is a repository that is broken.
 */
const NOTHING_PUSHED = /path not found: \/docker\/registry\/v2\/(repositories|blobs)\/?\s*$/i;
const ELIGIBLE = /^blob eligible for deletion: (\S+)$/;

/** What it ends with where something is gone that it has listed before. */
const GONE = /unknown manifest name=\S+ revision=(\S+)|path not found: (\S+)/i;

/** It missed something that was deleted while it looked, or that is missing for good. */
export class Missed extends Error {
  /** The digest or path. */
  what;

  constructor(what, message) {
    super(message);
    this.what = what;
  }
}

/** It was stopped, as it took too long. */
export class TooSlow extends Error {
}

/**
 * @param limit seconds after which it is stopped
 * @returns canonical digests of the blobs that it would remove
 * @throws TooSlow, Missed, or an error with its last line where it fails; where it was stopped by the signal, what that says, once it is dead
 */
export async function garbageByUpstream([program, ...args], signal, limit = Infinity) {
  signal.throwIfAborted();
  if (!args.includes('--dry-run'))
    throw new Error('the collector of the registry must be told --dry-run');
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let isSlow = false;
  const kill = () => void child.kill('SIGKILL');
  const timer = limit < Infinity
    ? setTimeout(() => {
      isSlow = true;
      kill();
    }, limit * 1000)
    : undefined;
  signal.addEventListener('abort', kill);
  const garbage = new Set();
  let last = '';
  let at = '';
  // A line for each blob of the registry: too much for a log.
  createInterface(child.stdout).on('line', (line) => {
    const [, digest] = ELIGIBLE.exec(line) ?? [];
    if (digest && isDigest(digest))
      garbage.add(digest);
    else if (line)
      at = line;
  });
  child.stderr.on('data', (data) => (last = (last + data.toString()).slice(-4096)));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  clearTimeout(timer);
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (isSlow)
    throw new TooSlow(`the registry's collector was not done within ${limit} s`);
  if (code === 1 && NOTHING_PUSHED.test(last))
    return new Set();
  if (code === 0)
    return garbage;
  const line = last.trim().split('\n').at(-1);
  const message = `the registry's collector failed with ${code} after "${at.trim()}": ${line}`;
  const [, manifest, path] = GONE.exec(line) ?? [];
  const what = manifest ?? path;
  throw what === undefined ? new Error(message) : new Missed(what, message);
}
