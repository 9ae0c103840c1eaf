/** What is printed where registries go or are synced, and by other commands. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { findProgram, testWith } from '../support/tools.js';
import { afterEach, TLS, commands, NGINX, BASE } from './next-steps.js';

const test = suite('next steps: deliveries, fleets, and trees that were edited');

test('an overlay that is gone leaves its registry in the cluster, which is said', async () => {
  const other = '  other: { extends: tls, name: other, namespace: other, host: other.acme.org }\n';
  const [, text] = await afterEach(`${TLS}${other}`, TLS);
  assert.match(text!, 'overlays/other is gone: where it was applied, the registry other/other stays');
  assert.equal(commands(text!), []);
});

test('a new host leads to DNS and to what clients need', async () => {
  const lan = (host: string): string =>
    `host: ${host}\noverlays:\n  lan: { ${NGINX}, checks: { ignore: { plain-http-login: A test. } } }\n`;
  const [, text] = await afterEach(lan('one.acme.org'), lan('two.acme.org'));
  assert.match(text!, 'Have the DNS name two.acme.org lead to the address');
  assert.ok(commands(text!).includes('npm run --silent clients -- --overlay lan'));
});

test('where nothing changes in the cluster, no step is printed', async () => {
  const other = '  same: { extends: tls }\n';
  const [, text] = await afterEach(`${TLS}${other}`, TLS);
  assert.is(text, 'Nothing changes in the cluster.\n');
});

const S3 = 'storage: { type: s3, s3: { bucket: images, region: eu-central-1 } }\n';

testWith(
  test,
  'bash',
  findProgram('bash') !== undefined,
  'a new key of the Secret is added by a command that leaves the others alone, and that is one',
  async () => {
    const [, redis, login, keys] = await afterEach(
      'auth: { type: none }\n',
      'auth: { type: none }\nredis: { type: statefulset }\n',
      'redis: { type: statefulset }\n',
      `redis: { type: statefulset }\n${S3}`,
    );
    for (const text of [redis!, login!, keys!])
      assert.not.ok(/kubectl (apply|replace|create)/.test(text.replaceAll(/apply -k/g, '')), text);
    const asked = commands(keys!).filter((command) => command.startsWith('read '));
    const patches = [redis!, login!, keys!].map((text) =>
      commands(text).find((command) => command.includes('patch secret')),
    );
    await withFolder((folder) => {
      writeFileSync(join(folder, 'registry.yaml'), `redis: { type: statefulset }\n${S3}`);
      writeFiles(folder, [
        [
          'kubectl',
          `#!/bin/sh\n[ "$3" = get ] && { printf %s "$THERE"; exit; }\nprintf "%s\\n" "$*" > '${folder}/args'\ncat > '${folder}/patch'\n`,
        ],
        [
          'npm',
          `#!/bin/sh\nwhile [ "$1" != htpasswd ]; do shift; done\nshift 2\necho secret | '${process.execPath}' '${process.cwd()}/dist/registry-gitops.js' htpasswd "$@"\n`,
        ],
      ]);
      for (const name of ['kubectl', 'npm']) chmodSync(join(folder, name), 0o755);
      const patchOf = (command: string, there = ''): { stringData: Record<string, string> } | undefined => {
        rmSync(join(folder, 'patch'), { force: true });
        execFileSync('bash', ['--norc', '-c', [...asked, command].join('\n')], {
          cwd: folder,
          input: 'AKIA/+=\n0123"\\\n',
          env: { PATH: `${folder}${delimiter}${process.env['PATH']}`, THERE: there },
        });
        if (!existsSync(join(folder, 'patch'))) return undefined;
        const [args, patch] = ['args', 'patch'].map((name) => readFileSync(join(folder, name), 'utf8'));
        assert.is(args, '-n registry patch secret registry-secrets --patch-file /dev/stdin\n');
        return JSON.parse(patch!) as { stringData: Record<string, string> };
      };
      assert.match(JSON.stringify(patchOf(patches[0]!)), /^\{"stringData":\{"redis-password":"[0-9a-f]{64}"\}\}$/);
      assert.match(JSON.stringify(patchOf(patches[1]!)), /^\{"stringData":\{"htpasswd":"USER:\$2b\$10\$\S+\\n"\}\}$/);
      assert.is(patchOf(patches[1]!, 'b2xk'), undefined, 'users that are there stay');
      assert.equal(patchOf(patches[2]!), { stringData: { 's3-access-key': 'AKIA/+=', 's3-secret-key': '0123"\\' } });
    });
  },
);

testWith(
  test,
  'kubectl',
  findProgram('kubectl') !== undefined,
  'a Secret of another name gets what the old one has',
  async () => {
    const [, text] = await afterEach(TLS, `secretName: other\n${TLS}`);
    const copy = commands(text!).find((command) => command.includes('go-template'))!;
    const [, template] = /go-template='([^']+)'/.exec(copy)!;
    const made = execFileSync(
      'kubectl',
      [
        'create',
        'secret',
        'generic',
        'registry-secrets',
        '--from-literal=htpasswd=a:b',
        '--from-literal=redis-password=1234',
        '--dry-run=client',
        '-o',
        `go-template=${template}`,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(parse(made), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'other' },
      data: { htpasswd: 'YTpi', 'redis-password': 'MTIzNA==' },
    });
    assert.match(copy, /\| kubectl -n registry create -f -$/);
  },
);

test('a fleet: what registries need alike once, and what one needs by itself under its name', () =>
  withFolder((folder) => {
    const yaml = (name: string, more = ''): string =>
      `defaults: ../defaults.yaml\nname: ${name}\nnamespace: ${name}\nhost: ${name}.acme.org\noverlays:\n  tls: { ${NGINX}, tls: { type: cert-manager, issuer: x } }\n${more}`;
    mkdirSync(join(folder, 'registries'));
    const generate = (replicas: number, ...registries: [string, string][]): string => {
      writeFiles(folder, [
        ['registries/defaults.yaml', `replicas: ${replicas}\n`],
        ...registries.map(([name, text]): [string, string] => [`registries/${name}/registry.yaml`, text]),
      ]);
      return run(folder, ['generate']).out;
    };
    const first = generate(2, ['eu', yaml('eu')], ['us', yaml('us')]);
    assert.is(first.split('docker push').length, 2);
    assert.match(first, 'The same for registries/us/registry.yaml.');
    const both = generate(3);
    assert.equal(commands(both), [
      'kubectl apply -k registries/eu/overlays/tls',
      'kubectl apply -k registries/us/overlays/tls',
    ]);
    const mixed = generate(4, ['eu', yaml('eu', 'storage: { size: 50Gi }\n')]);
    assert.match(mixed, /Next, for registries\/eu\/registry\.yaml\n {2}1\. Before the change is applied/);
    assert.match(mixed, /Next, for the others\n {2}Apply the change\.\n {7}kubectl apply -k registries\/us/);
  }));

test('before a collection loses what recovers from it, it is seen that none is in progress', async () => {
  const named = `name: images\nnamespace: team\n${TLS}`;
  const [, dry, , off] = await afterEach(
    named,
    `gc: { dryRun: true }\n${named}`,
    named,
    `gc: { enabled: false }\n${named}`,
  );
  for (const text of [dry!, off!]) {
    assert.match(text, /^\s*Next\n {2}1\. Before the change is applied: see that no collection is in progress\./);
    const [holder, variable, ...others] = commands(text);
    assert.is(holder, "kubectl -n team get configmap images-gc-lock -o jsonpath='{.data.holder}'");
    assert.match(variable!, /^kubectl -n team get deployment images -o .*"REGISTRY_STORAGE_MAINTENANCE_READONLY"/);
    assert.match(others.at(-1)!, /^kubectl -n team delete .*cronjob\/images-gc-recover/);
  }
});

test('before a collection removes more, it is said that this deletes data, and where to read what goes', async () => {
  const rules = 'rules: [{ repositories: [app], keepNewest: 3 }]';
  const retention = (dryRun: boolean): string => `gc: { retention: { dryRun: ${dryRun}, ${rules} } }\n${TLS}`;
  const [, , deletes, dry, wet, both] = await afterEach(
    TLS,
    retention(true),
    retention(false),
    `gc: { dryRun: true }\n${TLS}`,
    TLS,
    retention(false),
  );
  assert.match(
    deletes!,
    /1\. Before the change is applied: this deletes data\.\n {7}CronJob\/registry-gc: collections remove tags by the rules of retention\n {9}to do: read first in the log of a collection with gc\.retention\.dryRun: true/,
  );
  assert.match(dry!, 'see that no collection is in progress');
  assert.match(wet!, /1\. Before the change is applied: this deletes data\.\n.*\n {9}to do: read first in the log/);
  assert.is(both!.split('to do: read first in the log').length, 3, 'for the CronJob and for the rules');
});

test('a tree that somebody made unreadable is replaced all the same', () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), TLS);
    run(folder, ['generate']);
    for (const text of [
      'mine\n',
      'apiVersion: v1\nkind: Service\n',
      'apiVersion: v1\nkind: Service\nmetadata: { name: registry }\nspec: 5\n',
      '- a\n',
      '{',
    ]) {
      writeFileSync(join(folder, 'base/service.yaml'), text);
      const { code, err } = run(folder, ['generate', '--force']);
      assert.equal([code, err], [0, ''], text);
    }
  }));

test('a tree that was edited by hand, or beyond reading, is an update too', () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), TLS);
    assert.is(run(folder, ['generate']).code, 0);
    for (const [file, text] of [
      ['base/service.yaml', 'mine\n'],
      ['base/kustomization.yaml', '{'],
    ] as const) {
      writeFileSync(join(folder, file), text);
      const { code, out, err } = run(folder, ['generate']);
      assert.is(code, 0, err);
      assert.equal(commands(out), ['kubectl apply -k overlays/tls']);
    }
  }));

test('promote prints what the target needs, as generate does', () =>
  withFolder((folder) => {
    const env = (name: string, more = ''): string =>
      `  ${name}: { extends: tls, namespace: ${name}, host: ${name}.acme.org${more} }\n`;
    writeFileSync(join(folder, 'registry.yaml'), `${TLS}${env('staging', ', image: registry:3.1.0')}${env('prod')}`);
    assert.is(run(folder, ['generate']).code, 0);
    const { code, out, err } = run(folder, ['promote', 'staging', 'prod', '--uncommitted']);
    assert.is(code, 0, err);
    assert.equal(commands(out), ['kubectl apply -k overlays/prod']);
    assert.match(out, 'Rolls pods');
  }));

test('a Secret to pull images with is made before the pods need it, once', async () => {
  const [none, one, two] = await afterEach(
    BASE,
    `${BASE}imagePullSecrets: [mirror]\n`,
    `${BASE}imagePullSecrets: [mirror, hub]\n`,
  );
  const made = (text: string) => commands(text).filter((command) => command.includes('docker-registry'));
  const command = (name: string) =>
    `kubectl -n registry create secret docker-registry ${name} --from-file=.dockerconfigjson=FILE`;
  assert.equal([none!, one!, two!].map(made), [[], [command('mirror')], [command('hub')]]);
  const [first] = await afterEach(`${BASE}imagePullSecrets: [mirror]\n`);
  assert.ok(
    first!.indexOf(command('mirror')) > 0 && first!.indexOf(command('mirror')) < first!.indexOf('kubectl apply -k'),
  );
});

test.run();
