/** `htpasswd` as it is typed. */
import bcrypt from 'bcryptjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { shipped } from '../support/config.js';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { withConfig, bucket } from './registry-folder.js';

const test = suite('the command line: htpasswd');

test(
  'htpasswd prints a Secret with a bcrypt login and two random secrets',
  withConfig(shipped.replace('namespace: registry', 'namespace: team-a'), (folder) => {
    const [first, second] = [0, 1].map(() => run(folder, ['htpasswd', 'alice'], 'pässword\n'));
    assert.is(first!.code, 0);
    const secret = parse(first!.out) as {
      kind: string;
      metadata: { name: string; namespace: string };
      stringData: Record<string, string>;
    };
    assert.equal(
      [secret.kind, secret.metadata.name, secret.metadata.namespace],
      ['Secret', 'registry-secrets', 'team-a'],
    );
    const [, hash] = /^alice:(\$2[aby]\$\S+)\n$/.exec(secret.stringData['htpasswd']!)!;
    assert.ok(bcrypt.compareSync('pässword', hash!));
    assert.match(secret.stringData['http-secret']!, /^[0-9a-f]{64}$/);
    assert.match(secret.stringData['redis-password']!, /^[0-9a-f]{64}$/);
    assert.not.equal(parse(second!.out).stringData, secret.stringData);
  }),
);

test('htpasswd --line prints only the line, and needs no registry.yaml', () =>
  withFolder((folder) => {
    const { code, out } = run(folder, ['htpasswd', 'bob', '--line'], 'secret');
    assert.is(code, 0);
    assert.match(out, /^bob:\$2b\$10\$.{53}\n$/);
    assert.match(run(folder, ['htpasswd', 'bob'], 'secret').err, 'print only the line: --line');
  }));

test(
  'htpasswd takes name and namespace from an overlay',
  withConfig('overlays:\n  eu:\n    namespace: eu\n    secretName: other\n', (folder) => {
    const { metadata } = parse(run(folder, ['htpasswd', 'a', '--overlay', 'eu'], 'x').out);
    assert.equal([metadata.name, metadata.namespace], ['other', 'eu']);
    assert.match(
      run(folder, ['htpasswd', 'a', '--overlay', 'us'], 'x').err,
      'there is no overlay "us" in registry.yaml; choose one of eu',
    );
  }),
);

test(
  'htpasswd names all that reads the Secret',
  withConfig(
    'overlays:\n  a: { redis: { type: statefulset } }\n  b: { name: other, secretName: registry-secrets }\n  c: { namespace: c }\n',
    (folder) => {
      const restarts = (...args: string[]): string =>
        /rollout restart (.*)/.exec(run(folder, ['htpasswd', 'a', ...args], 'x').err)![1]!;
      assert.is(restarts(), 'deployment/registry statefulset/registry-redis deployment/other');
      assert.is(restarts('--overlay', 'c'), 'deployment/registry');
    },
  ),
);

const bucketKeys = { REGISTRY_STORAGE_S3_ACCESSKEY: 'AKIA', REGISTRY_STORAGE_S3_SECRETKEY: 'a/b+c' };

test(
  'htpasswd takes the keys of a bucket from the environment, and goes no further without',
  withConfig(`overlays:\n  eu:\n    ${bucket.trim().replaceAll('\n', '\n    ')}\n`, (folder) => {
    const secretOf = (args: string[], env: NodeJS.ProcessEnv) => run(folder, ['htpasswd', 'a', ...args], 'x', env);
    const { 's3-access-key': access, 's3-secret-key': secret } = parse(
      secretOf(['--overlay', 'eu'], bucketKeys).out,
    ).stringData;
    assert.equal([access, secret], ['AKIA', 'a/b+c']);
    assert.not('s3-access-key' in parse(secretOf([], bucketKeys).out).stringData, 'the base is on a volume');
    assert.equal(secretOf(['--overlay', 'eu'], { REGISTRY_STORAGE_S3_ACCESSKEY: 'AKIA' }), {
      code: 2,
      out: '',
      err: 'registry-gitops: the pods read the keys of the bucket "images" from this Secret too (s3-access-key and s3-secret-key), and REGISTRY_STORAGE_S3_SECRETKEY is not set; set and export it, or print only the line: --line\n',
    });
  }),
);

test(
  'htpasswd quotes a key that the registry would read as something else',
  withConfig(bucket, (folder) => {
    for (const key of ['0123', 'abc #1', '@x: y', '"', 'true', "it's"]) {
      const { 's3-secret-key': written } = parse(
        run(folder, ['htpasswd', 'a'], 'x', { ...bucketKeys, REGISTRY_STORAGE_S3_SECRETKEY: key }).out,
      ).stringData;
      assert.is(parse(written, { version: '1.1' }), key);
    }
  }),
);

for (const [where, config, options] of [
  ['the base', bucket, ''],
  ['an overlay', `overlays:\n  eu:\n    ${bucket.trim().replaceAll('\n', '\n    ')}\n`, ' --overlay eu'],
] as const) {
  test(
    `the next steps ask for the keys of a bucket where the pods of ${where} read them`,
    withConfig(config, (folder) => {
      const keys = ['REGISTRY_STORAGE_S3_ACCESSKEY', 'REGISTRY_STORAGE_S3_SECRETKEY']
        .map((name) => `       read -rs ${name}; export ${name}\n`)
        .join('');
      const htpasswd = `       npm run --silent htpasswd -- USER${options} | kubectl create -f -\n`;
      assert.match(run(folder, ['generate']).out, `${keys}${htpasswd}`);
    }),
  );
}

test(
  'the next steps ask for no keys of a bucket where a role lets the pods in',
  withConfig(`${bucket}    credentials: ambient\n`, (folder) => {
    assert.not.match(run(folder, ['generate']).out, 'read -rs');
  }),
);

test(
  'htpasswd refuses users and passwords that would not work',
  withConfig(shipped, (folder) => {
    const reported = (user: string, password: string) => run(folder, ['htpasswd', user, '--line'], password);
    for (const [user, password, message] of [
      ['a:b', 'x', 'a user name has no colon'],
      ['a b', 'x', 'a user name has no colon'],
      ['a', '', 'the password is empty'],
      ['a', '\n', 'the password is empty'],
      ['a', 'x'.repeat(73), 'the password is 73 bytes long; bcrypt takes at most 72'],
      ['a', 'x\ny', 'the password has a line break'],
    ] as const) {
      const { code, out, err } = reported(user, password);
      assert.equal([code, out], [2, '']);
      assert.match(err, message);
    }
  }),
);

test.run();
