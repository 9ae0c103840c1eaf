// Generated from registry.yaml: change that, then run `npm run generate`.
/**
 * Garbage collection of a registry in a cluster. `collect` runs one; `recover` undoes one that was cut short.
 *
 *   node main.mjs collect --deployment NAME --lock NAME [--redis HOST:PORT]... [--deadline SECONDS] [--settle SECONDS] -- COMMAND...
 *   node main.mjs recover --deployment NAME --lock NAME
 *
 * Exit codes: 0 done; 1 it failed, and its last line says why; 2 it was called wrongly; 3 another collection is under way.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { Cluster } from './cluster.mjs';
import { collect, messageOf, recover } from './collection.mjs';
import { Held, Lock } from './lock.mjs';
import { flushRedis } from './redis.mjs';

/** Seconds without a word from a collection after which it counts as dead. It gives up by itself after half of that. */
const SILENCE = 60;

const say = (text) => console.log(`${new Date().toISOString()} ${text}`);

async function main() {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      deployment: { type: 'string' },
      container: { type: 'string', default: 'registry' },
      lock: { type: 'string' },
      redis: { type: 'string', multiple: true, default: [] },
      deadline: { type: 'string', default: '3600' },
      settle: { type: 'string', default: '0' },
      silence: { type: 'string', default: String(SILENCE) },
      api: { type: 'string', default: `https://${host.includes(':') ? `[${host}]` : host}:${port}` },
      account: { type: 'string', default: '/var/run/secrets/kubernetes.io/serviceaccount' },
    },
  });
  const [task, program, ...args] = positionals;
  const { deployment, container, api, account, redis } = values;
  const silence = Number(values.silence);
  const deadline = Number(values.deadline);
  if (!deployment ||
    !values.lock ||
    !['collect', 'recover'].includes(task ?? '') ||
    (task === 'collect') !== (program !== undefined) ||
    !(deadline > 0) ||
    !(silence > 0) ||
    !(Number(values.settle) >= 0)) {
    console.error('usage: main.mjs collect|recover --deployment NAME --lock NAME [--redis HOST:PORT]... [--deadline SECONDS] [--settle SECONDS] [-- COMMAND...]');
    return 2;
  }
  const cluster = new Cluster({ api, account, deployment, container });
  const lock = new Lock(cluster, values.lock, `${hostname()}-${randomUUID().slice(0, 8)}`, silence);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.once(signal, () => stopping.abort());
  try {
    if (task === 'recover') {
      await recover({ cluster, lock, say });
    }
    else {
      const flush = async () => redis.length > 0 ? flushRedis(redis, process.env['REDIS_PASSWORD'] ?? '') : undefined;
      const times = {
        look: silence / 60,
        patience: silence / 2,
        deadline,
        rollout: deadline / 2,
        settle: Number(values.settle),
      };
      await collect({ cluster, lock, flush, command: [program, ...args], times, say, signal: stopping.signal });
      say('done');
    }
    return 0;
  }
  catch (error) {
    if (error instanceof Held) {
      say(`a collection is under way: ${error.message}`);
      return task === 'recover' ? 0 : 3;
    }
    console.error(`${new Date().toISOString()} ${task} failed: ${messageOf(error)}`);
    return 1;
  }
}

process.exitCode = await main().catch((error) => {
  console.error(messageOf(error));
  return 2;
});
