/** What the real registries refuse to start with, the schema of config.yml refuses too. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { fieldMutants } from '../support/objects/field-mutants.js';
import { freePort } from '../support/processes.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite('config.yml is judged as the registry judges it');
const validators = new Validators();
/** How many registries are started at once. */
const PARALLEL = 4;
const PATIENCE = 10_000;

type Config = Record<string, any>;

/** What both versions read of a bucket. A registry starts without reaching it. */
const BUCKET =
  'accesskey: a, secretkey: b, region: eu-central-1, regionendpoint: "http://127.0.0.1:1", bucket: images, encrypt: false, keyid: k, secure: true, skipverify: false, v4auth: true, chunksize: 10485760, multipartcopychunksize: 33554432, multipartcopymaxconcurrency: 100, multipartcopythresholdsize: 33554432, rootdirectory: team/a, storageclass: STANDARD, objectacl: private, useragent: registry';

/** Most keys of a version, as far as a registry starts with them on its own. */
const CONFIGS: Record<string, { program: string; image: string; redis: string; bucket: string; more: string }> = {
  2: {
    program: 'docker-registry',
    image: 'registry:2.8.2',
    redis:
      '{ addr: "127.0.0.1:1", db: 1, dialtimeout: 10ms, readtimeout: 10ms, writetimeout: 10ms, pool: { maxidle: 16, maxactive: 64, idletimeout: 300s } }',
    bucket: `{ ${BUCKET} }`,
    more: 'compatibility: { schema1: { enabled: false } }',
  },
  3: {
    program: 'registry',
    image: 'registry:3.1.2',
    redis:
      '{ addrs: ["127.0.0.1:1"], db: 1, dialtimeout: 10ms, readtimeout: 10ms, writetimeout: 10ms, poolsize: 16, maxidleconns: 16, connmaxidletime: 300s }',
    bucket: `{ ${BUCKET}, accelerate: false, forcepathstyle: true, loglevel: off, usedualstack: false, usefipsendpoint: false }`,
    more: 'tags: { maxtags: 100 }',
  },
};

function configOf(version: string, folder: string): Config {
  const { redis, more } = CONFIGS[version]!;
  return parse(`
version: 0.1
log: { level: error, formatter: text, fields: { service: registry }, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${folder}/data, maxthreads: 100 }
  delete: { enabled: true }
  redirect: { disable: true }
  cache: { blobdescriptor: redis }
  maintenance:
    uploadpurging: { enabled: true, age: 168h, interval: 24h, dryrun: false }
    readonly: { enabled: false }
http:
  addr: 127.0.0.1:0
  net: tcp
  host: https://registry.example.com
  prefix: /
  secret: not-a-secret
  relativeurls: true
  draintimeout: 30s
  headers: { X-Content-Type-Options: [nosniff] }
  http2: { disabled: false }
auth:
  htpasswd: { realm: registry, path: ${folder}/htpasswd }
notifications:
  events: { includereferences: true }
  endpoints: [{ name: listener, disabled: true, url: "http://127.0.0.1:1/events", headers: { Authorization: [Bearer] }, timeout: 1s, threshold: 10, backoff: 1s, ignoredmediatypes: [application/octet-stream], ignore: { mediatypes: [application/octet-stream], actions: [pull] } }]
redis: ${redis}
health:
  storagedriver: { enabled: true, interval: 10s, threshold: 3 }
catalog: { maxentries: 1000 }
validation: { manifests: { urls: { allow: ["^https://example.com/"] } } }
${more}
`) as Config;
}

/** @returns whether a registry serves with a configuration. */
function starts(program: string, config: unknown, path: string): Promise<boolean> {
  writeFileSync(path, stringify(config));
  // A registry makes an htpasswd file of its own where there is none: a relative path has to be one of the temporary folder.
  return new Promise((resolve) => {
    const child = spawn(program, ['serve', path], {
      cwd: dirname(path),
      env: { PATH: process.env['PATH']!, OTEL_TRACES_EXPORTER: 'none' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => end(true), PATIENCE);
    let ended = false;
    const end = (answer: boolean): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(answer);
    };
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => /listening on/.test((text += data)) && end(true));
    child.on('close', () => end(false));
  });
}

/** @returns what the checks say of a configuration. */
async function reported(version: string, config: unknown): Promise<string[]> {
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config' }, data: { 'config.yml': stringify(config) } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'registry' },
      spec: {
        volumes: [{ name: 'config', configMap: { name: 'config' } }],
        containers: [
          { name: 'redis', image: 'redis:8.2.3', ports: [{ containerPort: 1 }] },
          {
            name: 'registry',
            image: CONFIGS[version]!.image,
            volumeMounts: [{ name: 'config', mountPath: '/etc/registry' }],
          },
        ],
      },
    },
  ] as unknown as KubernetesObject[];
  return (await check({ objects, target: ALL_MINORS }, validators))
    .filter(({ rule }) => rule === 'registry-config' || rule === 'redis-address')
    .map(({ message }) => message);
}

for (const [version, { program }] of Object.entries(CONFIGS)) {
  const path = findProgram(program);
  testWith(test, program, path !== undefined, `${program} (${version}.x)`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-config-'));
    try {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'htpasswd'), '');
      const config = configOf(version, folder);
      // What says that it serves is a line of the log.
      const serve = async (candidate: Config, index: number): Promise<boolean> => {
        const port = await freePort();
        const loud =
          typeof candidate['log'] === 'object' && candidate['log']?.level === 'error'
            ? { ...candidate, log: { ...candidate['log'], level: 'info' } }
            : candidate;
        const bound =
          loud['http']?.addr === '127.0.0.1:0'
            ? { ...loud, http: { ...loud['http'], addr: `127.0.0.1:${port}` } }
            : loud;
        return starts(path!, bound, join(folder, `${index}.yml`));
      };
      assert.equal(await reported(version, config), []);
      assert.ok(await serve(config, 0), 'it serves with the configuration as it is');
      const { filesystem: _, ...storage } = config['storage'] as Config;
      const inBucket: Config = { ...config, storage: { s3: parse(CONFIGS[version]!.bucket) as Config, ...storage } };
      assert.equal(await reported(version, inBucket), []);
      assert.ok(await serve(inBucket, 0), 'it serves with a bucket');
      const mutants = [
        ...fieldMutants(config as unknown as KubernetesObject).filter(
          ({ path: at }) => !/^(log\.level|http\.addr)$/.test(at.join('.')),
        ),
        ...fieldMutants(inBucket as unknown as KubernetesObject).filter(({ path: at }) => at[1] === 's3'),
      ];
      let next = 0;
      let refused = 0;
      const missed: string[] = [];
      const strict: string[] = [];
      const ask = async (): Promise<void> => {
        for (let index = next++; index < mutants.length; index = next++) {
          const { object, path: at, change } = mutants[index]!;
          const [serves, messages] = [await serve(object, index + 1), await reported(version, object)];
          if (!serves) refused++;
          if (!serves && messages.length === 0) missed.push(`${at.join('.')} ${change}`);
          if (serves && messages.length > 0) strict.push(`${at.join('.')} ${change}: ${messages[0]}`);
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, ask));
      console.log(
        `${program}: ${mutants.length} asked, ${refused} refused by the registry, ${refused - missed.length} of them by the checks; ${strict.length} that only the checks refuse`,
      );
      for (const line of missed) console.log(`  missed: ${line}`);
      if (process.env['VERBOSE']) for (const line of strict) console.log(`  only the checks: ${line}`);
      assert.ok(refused > 0);
      assert.ok(missed.length <= 0.01 * refused, `${missed.length} of ${refused} were missed`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test.run();
