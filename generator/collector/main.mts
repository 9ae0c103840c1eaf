/**
 * Garbage collection of a registry in a cluster. `collect` runs one; `survey` reports what one would remove, and only reads;
 * `recover` undoes one that was cut short.
 *
 *   node main.mjs collect --deployment NAME --lock NAME STORAGE [OPTIONS] [--redis HOST:PORT]... -- COMMAND...
 *   node main.mjs survey STORAGE [OPTIONS] -- COMMAND...
 *   node main.mjs recover --deployment NAME --lock NAME [--settle SECONDS]
 *
 *   STORAGE    --volume FOLDER
 *              --bucket NAME --region NAME [--endpoint URL] [--path-style] [--root-directory PATH]
 *   OPTIONS    --deadline SECONDS    for which writes are refused at most
 *              --delete-untagged     remove manifests too that no tag reaches
 *              --retention FILE      rules by which tags are removed; with --retention-dry-run they are only reported
 *              --grace SECONDS       for which what was pushed stays in any case
 *              --minimum BYTES       less garbage is not worth refusing writes
 *              --settle SECONDS      that a machine may not see what another one changes; usually read from the volume's mount
 *   COMMAND    the registry's own collector, as a dry run
 *
 * Exit codes: 0 done; 1 it failed, and its last line says why; 2 it was called wrongly; 3 another collection is under way; 4 done, but
 * the registry's own collector would have removed what images use: the log names them, and they are kept.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Cluster } from './cluster.mjs';
import { collect, messageOf, recover } from './collection.mjs';
import { Held, Lock } from './lock.mjs';
import { type Options, readOptions } from './options.mjs';
import { flushRedis } from './redis.mjs';
import { report } from './report.mjs';
import { type Findings, Survey } from './survey.mjs';

const say = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(messageOf(error));
    return 2;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.once(signal, () => stopping.abort(new Error('stopped by a signal')));
  try {
    const findings = await run(options, stopping.signal);
    if (!findings) return 0;
    say('done');
    return findings.conflicts.length > 0 ? 4 : 0;
  } catch (error) {
    if (error instanceof Held) {
      say(`a collection is under way: ${error.message}`);
      return options.task === 'recover' ? 0 : 3;
    }
    console.error(`${new Date().toISOString()} ${options.task} failed: ${messageOf(error)}`);
    return 1;
  }
}

async function run(options: Options, signal: AbortSignal): Promise<Findings | undefined> {
  const { task, place, silence, redis, times, minimum } = options;
  if (task === 'survey') {
    const { storage, policy, preview, command } = options.surveyed!;
    const findings = await new Survey(storage, policy, preview, command, say).findings(signal, { mend: false });
    report(findings, say);
    say('a dry run: nothing was removed');
    return findings;
  }
  const cluster = new Cluster(place);
  const lock = new Lock(cluster, options.lock, `${hostname()}-${randomUUID().slice(0, 8)}`, silence);
  if (task === 'recover') {
    await recover({ cluster, lock, say, settle: options.settle });
    return undefined;
  }
  const { storage, policy, preview, command } = options.surveyed!;
  const survey = new Survey(storage, policy, preview, command, say);
  const flush = async (): Promise<void> =>
    redis.length > 0 ? flushRedis(redis, process.env['REDIS_PASSWORD'] ?? '') : undefined;
  return await collect({ cluster, lock, flush, storage, survey, minimum, times, say, signal });
}

process.exitCode = await main();
