import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parse } from 'yaml';
import { S3_KEYS, SECRET_KEYS } from '../../features/index.js';
import { readConfig, type Settings } from '../../config/index.js';
import { toYaml } from '../../kustomize/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { type Location, noSuchOverlay, readBeside, readInput } from '../shared/input.js';
import { theOne } from '../shared/registries.js';

export interface HtpasswdOptions extends Pick<Location, 'config'> {
  line?: boolean;
  overlay?: string;
  cost?: string;
}

type SecretSettings = Pick<Settings, 'name' | 'namespace' | 'secretName' | 'storage' | 'redis'>;

/**
 * Rounds of bcrypt, as a power of two. The registry checks the password with each request: some 60 ms of processor time with
 * 10, 2 ms with 5.
 */
const COSTS = { lowest: 4, usual: 10, highest: 14 };
/** Bytes. bcrypt ignores, and Go's refuses, what comes after. */
const MAX_PASSWORD = 72;

/** `htpasswd USER`: prints the Secret that the pods read, or only the user's line. @returns the exit code */
export async function htpasswd(user: string, options: HtpasswdOptions): Promise<number> {
  if (!/^[^:\s\p{Cc}]{1,255}$/u.test(user)) {
    throw new CliError('a user name has no colon, no white space and at most 255 characters');
  }
  const cost = Number(options.cost ?? COSTS.usual);
  if (!Number.isInteger(cost) || cost < COSTS.lowest || cost > COSTS.highest) {
    throw new CliError(`--cost is a whole number from ${COSTS.lowest} to ${COSTS.highest}, not ${options.cost}`);
  }
  // Before the password is asked for: a wrong registry.yaml should not cost one.
  const settings = options.line ? undefined : await settingsOf(options);
  const bucketKeys = settings ? bucketKeysOf(settings) : {};
  const password = process.stdin.isTTY ? await prompt() : await readStandardInput();
  checkPassword(password);
  const { hash } = await import('bcryptjs');
  const line = `${user}:${await hash(password, cost)}`;
  if (settings) process.stderr.write(replacementWarning(settings, Object.keys(bucketKeys)));
  process.stdout.write(settings ? secretManifest(settings, line, bucketKeys) : `${line}\n`);
  return EXIT.ok;
}

/** What applying the Secret does to one that is in the cluster already. */
function replacementWarning({ name, namespace, secretName, redis }: SecretSettings, bucketKeys: string[]): string {
  const keys = [SECRET_KEYS.httpSecret, SECRET_KEYS.redisPassword, ...bucketKeys].join(', ');
  const workloads = [`deployment/${name}`, ...(redis.type === 'statefulset' ? [`statefulset/${name}-redis`] : [])];
  return [
    `warning: where namespace ${namespace} has a Secret ${secretName} already, applying this one replaces all its users and ${keys}.`,
    '  To add a user to it, append the line that `npm run --silent htpasswd -- USER --line` prints to its key htpasswd.',
    `  After replacing it, restart what reads it: kubectl -n ${namespace} rollout restart ${workloads.join(' ')}`,
    '',
  ].join('\n');
}

async function settingsOf(options: HtpasswdOptions): Promise<SecretSettings> {
  const { file } = await theOne(options, 'htpasswd');
  if (options.config === undefined && !existsSync(file)) {
    throw new CliError(
      `${file}: there is no such file, so the Secret's name and namespace are not known; name it with --config, or print the line only with --line`,
    );
  }
  const config = readConfig(readInput(file), file, readBeside(file));
  if (options.overlay === undefined) return config.base;
  const overlay = config.overlays.find(({ name }) => name === options.overlay);
  if (!overlay)
    throw noSuchOverlay(
      options.overlay,
      config.overlays.map(({ name }) => name),
      file,
    );
  return overlay.settings;
}

/**
 * The keys of the bucket, from the environment: on the command line others would see them. Not from AWS_ACCESS_KEY_ID,
 * which is whoever runs this, and not the registry.
 *
 * @returns what the Secret has of them; nothing where the pods read none
 */
function bucketKeysOf({ storage }: SecretSettings): Record<string, string> {
  if (storage.type !== 's3' || storage.s3.credentials !== 'secret') return {};
  const missing = S3_KEYS.filter(({ variable }) => !process.env[variable]).map(({ variable }) => variable);
  if (missing.length > 0) {
    const keys = S3_KEYS.map(({ key }) => key).join(' and ');
    throw new CliError(
      `the pods read the keys of the bucket "${storage.s3.bucket}" from this Secret too (${keys}), and ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set; set and export ${missing.length > 1 ? 'them' : 'it'}, or print the line only with --line`,
    );
  }
  return Object.fromEntries(S3_KEYS.map(({ key, variable }) => [key, asRead(process.env[variable]!)]));
}

/** The registry reads its variables as YAML, in which 0123 is a number and all after " #" a comment. */
function asRead(text: string): string {
  try {
    if (parse(text, { version: '1.1' }) === text) return text;
  } catch {
    // No YAML at all: in quotes it is.
  }
  return JSON.stringify(text);
}

async function prompt(): Promise<string> {
  const { read } = await import('read');
  // Ctrl-D ends the program's input, and with it the program, in the middle of a question.
  const unanswered = (): void => {
    process.exitCode = EXIT.usage;
    process.stderr.write('\nregistry-gitops: no password was given\n');
  };
  process.once('exit', unanswered);
  const ask = (question: string): Promise<string> => read({ prompt: question, silent: true, output: process.stderr });
  try {
    const password = await ask('Password: ');
    process.stderr.write('\n');
    const again = await ask('Again: ');
    process.stderr.write('\n');
    if (password !== again) throw new CliError('the two passwords differ');
    return password;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('no password was given');
  } finally {
    process.off('exit', unanswered);
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > 4096) break;
  }
  const bytes = Buffer.concat(chunks);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw new CliError('the password is not text in UTF-8');
  }
}

function checkPassword(password: string): void {
  if (password === '') throw new CliError('the password is empty; type one, or pass it on standard input');
  if (/\p{Cc}/u.test(password)) throw new CliError('the password has a line break or another control character');
  const bytes = Buffer.byteLength(password);
  if (bytes > MAX_PASSWORD)
    throw new CliError(`the password is ${bytes} bytes long; bcrypt takes at most ${MAX_PASSWORD}`);
}

/** The one place where something random is made, and it goes to the cluster, not into the tree. */
function secretManifest(
  { name, namespace, secretName }: SecretSettings,
  line: string,
  bucketKeys: Record<string, string>,
): string {
  const random = (): string => randomBytes(32).toString('hex');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      namespace,
      labels: { 'app.kubernetes.io/name': 'registry', 'app.kubernetes.io/instance': name },
    },
    type: 'Opaque',
    stringData: {
      [SECRET_KEYS.htpasswd]: `${line}\n`,
      [SECRET_KEYS.httpSecret]: random(),
      [SECRET_KEYS.redisPassword]: random(),
      ...bucketKeys,
    },
  };
  return toYaml(secret, [
    'A Secret in clear text: pipe it to `kubectl apply -f -`, or seal it. Never commit it.',
    'Applied over an existing one it replaces all users and both generated secrets: restart the registry and Redis then.',
  ]);
}
