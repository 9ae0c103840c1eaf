/** The command line. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Bucket } from './bucket.mjs';
import type { Place } from './cluster.mjs';
import type { Times } from './guard.mjs';
import type { Policy } from './removal.mjs';
import { ADDRESS } from './redis.mjs';
import { parseRules, type Rule } from './retention.mjs';
import type { Storage } from './storage.mjs';
import type { Command } from './upstream.mjs';
import { Volume } from './volume.mjs';

/** Seconds without a word from a collection after which it counts as dead. It gives up by itself after half of that. */
const SILENCE = 60;
const TASKS = ['collect', 'survey', 'recover'] as const;
const USAGE =
  'usage: main.mjs collect|survey|recover [--deployment NAME --lock NAME] [--volume FOLDER | --bucket NAME --region NAME] [OPTIONS] [-- COMMAND...]; see the head of main.mjs';

export interface Options {
  task: (typeof TASKS)[number];
  place: Place;
  lock: string;
  silence: number;
  redis: string[];
  minimum: number;
  /** For `recover`, which has no volume to read it from. */
  settle: number;
  times: Times;
  /** Absent for `recover`. */
  surveyed: { storage: Storage; policy: Policy; preview: Rule[]; command: Command } | undefined;
}

/** @throws what is wrong with the command line, or with a file of rules */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  const { values, positionals } = parsed(args, host, port);
  const [task, program, ...rest] = positionals;
  const { deployment, container, lock, api, account, redis } = values;
  const number = (name: 'grace' | 'minimum' | 'deadline' | 'sweep' | 'silence'): number => numberOf(name, values[name]);
  const isTask = (text: string | undefined): text is Options['task'] => TASKS.some((one) => one === text);
  const isChecked = isTask(task) && (task === 'survey' || (deployment !== '' && lock !== ''));
  if (!isChecked || (task === 'recover') !== (program === undefined)) throw new Error(USAGE);
  if (task !== 'recover' && (values.volume === undefined) === (values.bucket === undefined)) throw new Error(USAGE);
  for (const address of redis) if (!ADDRESS.test(address)) refuse(`--redis ${address} is not HOST:PORT`);
  if (values.volume !== undefined && !existsSync(values.volume)) refuse(`--volume ${values.volume} is not there`);
  if (values.bucket !== undefined && values.region === '') refuse('--bucket needs --region');
  if (values['retention-dry-run'] && values.retention === undefined) refuse('--retention-dry-run needs --retention');
  if (program !== undefined && !rest.includes('--dry-run'))
    refuse("the registry's own collector must be given --dry-run: it is only asked");
  if (rest.some((word) => /^(-m|--delete-untagged)/.test(word)))
    refuse("the registry's own collector must not be given --delete-untagged: it takes images apart");
  const silence = number('silence');
  const deadline = number('deadline');
  const rules = values.retention === undefined ? [] : rulesIn(values.retention);
  const isPreview = values['retention-dry-run'];
  return {
    task,
    place: { api, account, deployment, container },
    lock,
    silence,
    redis,
    minimum: number('minimum'),
    settle: numberOf('settle', values.settle ?? '0'),
    times: {
      look: silence / 60,
      patience: silence / 2,
      deadline,
      rollout: deadline / 2,
      sweep: number('sweep'),
    },
    surveyed:
      program === undefined
        ? undefined
        : {
            storage: storageOf(values),
            policy: {
              deleteUntagged: values['delete-untagged'],
              grace: number('grace') * 1000,
              rules: isPreview ? [] : rules,
            },
            preview: isPreview ? rules : [],
            command: [program, ...rest],
          },
  };
}

/** parseArgs says what it does not know in words that help a programmer only. */
function parsed(args: string[], host: string, port: string) {
  const options = {
    deployment: { type: 'string', default: '' },
    container: { type: 'string', default: 'registry' },
    lock: { type: 'string', default: '' },
    redis: { type: 'string', multiple: true, default: [] as string[] },
    volume: { type: 'string' },
    bucket: { type: 'string' },
    region: { type: 'string', default: '' },
    endpoint: { type: 'string' },
    'path-style': { type: 'boolean', default: false },
    'root-directory': { type: 'string', default: '' },
    'delete-untagged': { type: 'boolean', default: false },
    retention: { type: 'string' },
    'retention-dry-run': { type: 'boolean', default: false },
    grace: { type: 'string', default: '86400' },
    minimum: { type: 'string', default: '0' },
    deadline: { type: 'string', default: '900' },
    sweep: { type: 'string', default: '60' },
    settle: { type: 'string' },
    silence: { type: 'string', default: String(SILENCE) },
    api: { type: 'string', default: `https://${host.includes(':') ? `[${host}]` : host}:${port}` },
    account: { type: 'string', default: '/var/run/secrets/kubernetes.io/serviceaccount' },
  } as const;
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    return refuse((error as Error).message.split('. To specify')[0]!);
  }
}

function refuse(what: string): never {
  throw new Error(`${what}\n${USAGE}`);
}

function rulesIn(file: string): Rule[] {
  try {
    return parseRules(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`--retention ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function numberOf(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) refuse(`--${name} ${text} is no number`);
  return Number(text);
}

interface StorageOptions {
  volume?: string | undefined;
  bucket?: string | undefined;
  region: string;
  endpoint?: string | undefined;
  'path-style': boolean;
  'root-directory': string;
  settle?: string | undefined;
}

function storageOf({ volume, bucket, region, endpoint, settle, ...options }: StorageOptions): Storage {
  if (volume !== undefined) return new Volume(volume, settle === undefined ? undefined : numberOf('settle', settle));
  return new Bucket({
    bucket: bucket!,
    region,
    endpoint,
    pathStyle: options['path-style'],
    rootDirectory: options['root-directory'],
  });
}
