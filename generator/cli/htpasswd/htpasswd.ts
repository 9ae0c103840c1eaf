import { existsSync } from 'node:fs';
import { readConfig, suggest } from '../../config/index.js';
import { S3_KEYS, SECRET_KEYS } from '../../features/index.js';
import { colours } from '../shared/colours.js';
import { CliError, EXIT } from '../shared/exit.js';
import { type Location, noSuchOverlay, readBeside, readInput } from '../shared/input.js';
import { theOne } from '../shared/registries.js';
import { readPassword } from './password.js';
import { bucketKeysOf, KEYS, secretManifest, secretPatch, type SecretSettings } from './secret.js';

export interface HtpasswdOptions extends Pick<Location, 'config'> {
  line?: boolean;
  overlay?: string;
  cost?: string;
  /** Keys of the Secret. */
  patch?: string[];
}

/**
 * Rounds of bcrypt, as a power of two. The registry checks the password with each request: some 60 ms of processor time with
 * 10, 2 ms with 5.
 */
const COSTS = { lowest: 4, usual: 10, highest: 14 };

/**
 * `htpasswd USER`: prints the Secret that the pods read, only the user's line, or a patch with some keys.
 *
 * @param user undefined only where no line is printed
 * @returns the exit code
 */
export async function htpasswd(user: string | undefined, options: HtpasswdOptions): Promise<number> {
  const { line: onlyLine = false, patch } = options;
  if (onlyLine && patch) throw new CliError('--line and --patch: take one of them');
  for (const key of patch ?? [])
    if (!KEYS.includes(key))
      throw new CliError(`--patch ${key}: the Secret has no such key; ${suggest(key, [...KEYS])}`);
  const cost = costOf(options.cost);
  const hasLine = !patch || patch.includes(SECRET_KEYS.htpasswd);
  if (hasLine) checkUser(user);
  // Before the password is asked for: a wrong registry.yaml should not cost one.
  const known = onlyLine ? undefined : await readersOf(options);
  const settings = known?.settings;
  const bucketKeys =
    settings && (!patch || S3_KEYS.some(({ key }) => patch.includes(key))) ? bucketKeysOf(settings) : {};
  const absent = (patch ?? []).find((key) => S3_KEYS.some((known) => known.key === key) && !(key in bucketKeys));
  if (absent !== undefined) throw new CliError(`--patch ${absent}: the pods read no keys of a bucket from this Secret`);
  const line = hasLine ? await lineOf(user!, cost) : '';
  if (patch) {
    process.stdout.write(secretPatch(patch, line, bucketKeys));
    return EXIT.ok;
  }
  if (known) process.stderr.write(warningOf(known, Object.keys(bucketKeys)));
  process.stdout.write(settings ? secretManifest(settings, line, bucketKeys) : `${line}\n`);
  return EXIT.ok;
}

function checkUser(user: string | undefined): void {
  if (user === undefined) throw new CliError('name the user: htpasswd USER');
  if (!/^[^:\s\p{Cc}]{1,255}$/u.test(user))
    throw new CliError('a user name has no colon, no white space and at most 255 characters');
}

function costOf(written: string | undefined): number {
  const cost = Number(written ?? COSTS.usual);
  if (Number.isInteger(cost) && cost >= COSTS.lowest && cost <= COSTS.highest) return cost;
  throw new CliError(`--cost is a whole number from ${COSTS.lowest} to ${COSTS.highest}, not ${written}`);
}

async function lineOf(user: string, cost: number): Promise<string> {
  const password = await readPassword();
  const { hash } = await import('bcryptjs');
  return `${user}:${await hash(password, cost)}`;
}

/** What applying the Secret does to one that is in the cluster already; on a terminal also where it should go instead. */
function warningOf({ settings, readers }: Readers, bucketKeys: string[]): string {
  const { namespace, secretName } = settings;
  const keys = [SECRET_KEYS.httpSecret, SECRET_KEYS.redisPassword, ...bucketKeys];
  const workloads = readers.flatMap(({ name, redis }) => [
    `deployment/${name}`,
    ...(redis.type === 'statefulset' ? [`statefulset/${name}-redis`] : []),
  ]);
  const warning = colours.yellow('warning:');
  return [
    ...(process.stdout.isTTY
      ? [
          `${warning} this prints passwords on the terminal; pipe it to \`kubectl create -f -\`, or to what encrypts it.`,
        ]
      : []),
    `${warning} where namespace ${namespace} has a Secret ${secretName} already, applying this one replaces all its users, and ${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}. \`kubectl create\` refuses that.`,
    '  To add a user instead: append what `npm run --silent htpasswd -- USER --line` prints to its key htpasswd (docs/how-to/users.md).',
    `  After replacing it, restart what reads it: kubectl -n ${namespace} rollout restart ${[...new Set(workloads)].join(' ')}`,
    '',
  ].join('\n');
}

/** What the Secret is made for. */
interface Readers {
  settings: SecretSettings;
  /** All that may read it in the cluster. */
  readers: readonly SecretSettings[];
}

async function readersOf(options: HtpasswdOptions): Promise<Readers> {
  const { file } = await theOne(options, 'htpasswd');
  if (options.config === undefined && !existsSync(file)) {
    throw new CliError(
      `${file}: there is no such file, so the Secret's name and namespace are not known; name it with --config, or print only the line: --line`,
    );
  }
  const config = readConfig(readInput(file), file, readBeside(file));
  if (options.overlay === undefined) {
    const { namespace, secretName } = config.base;
    // Which of them is applied, nobody said.
    const readers = [config.base, ...config.overlays.map(({ settings }) => settings)].filter(
      (other) => other.namespace === namespace && other.secretName === secretName,
    );
    return { settings: config.base, readers };
  }
  const overlay = config.overlays.find(({ name }) => name === options.overlay);
  if (!overlay)
    throw noSuchOverlay(
      options.overlay,
      config.overlays.map(({ name }) => name),
      file,
    );
  return { settings: overlay.settings, readers: [overlay.settings] };
}
