/** What `htpasswd` says beside what it prints: what applying it would replace, and where it should go. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { runOnTerminal, SCRIPT } from '../support/terminal.js';
import { testWith } from '../support/tools.js';

const test = suite('htpasswd');
const CONFIG = 'name: images\nnamespace: team\nredis: { type: statefulset }\n';
const S3 = 'storage: { type: s3, s3: { bucket: images, region: eu-central-1 } }\n';
const KEYS = { REGISTRY_STORAGE_S3_ACCESSKEY: 'one', REGISTRY_STORAGE_S3_SECRETKEY: '0123' };
const withConfig = (text: string, check: (folder: string) => void) => (): Promise<void> =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), text);
    check(folder);
  });

test(
  'it says on standard error what applying the Secret would replace, how to add a user, and what to restart',
  withConfig(CONFIG + S3, (folder) => {
    const { code, out, err } = run(folder, ['htpasswd', 'alice'], 'secret', KEYS);
    assert.is(code, 0);
    assert.is(parse(out).kind, 'Secret');
    assert.match(
      err,
      'where namespace team has a Secret images-secrets already, applying this one replaces all its users, and http-secret, redis-password, s3-access-key and s3-secret-key. `kubectl create` refuses that.',
    );
    assert.match(err, 'npm run --silent htpasswd -- USER --line');
    assert.match(err, 'kubectl -n team rollout restart deployment/images statefulset/images-redis\n');
    assert.not.match(err, 'terminal');
    assert.is(run(folder, ['htpasswd', 'alice', '--line'], 'secret').err, '', 'a line replaces nothing');
  }),
);

testWith(
  test,
  'script',
  SCRIPT !== undefined,
  'on a terminal it says where the Secret belongs instead',
  withConfig(CONFIG, (folder) => {
    writeFileSync(join(folder, 'password'), 'secret');
    const { code, screen } = runOnTerminal(folder, 'htpasswd alice < password');
    assert.is(code, 0);
    assert.match(screen, 'this prints passwords on the terminal; pipe it to `kubectl create -f -`');
    assert.match(screen, 'kind: Secret');
    const piped = runOnTerminal(folder, 'htpasswd alice < password | cat');
    assert.not.match(piped.screen, 'on the terminal');
    assert.match(piped.screen, 'replaces all its users');
  }),
);

test(
  'a patch has the keys that are asked for, and no other',
  withConfig(CONFIG + S3, (folder) => {
    const patch = (args: string[], input = '', keys: NodeJS.ProcessEnv = {}) =>
      JSON.parse(run(folder, ['htpasswd', ...args], input, keys).out).stringData as Record<string, string>;
    assert.match(patch(['--patch', 'redis-password'])['redis-password']!, /^[0-9a-f]{64}$/);
    assert.match(patch(['bob', '--patch', 'htpasswd'], 'secret')['htpasswd']!, /^bob:\$2b\$10\$\S{53}\n$/);
    assert.equal(patch(['--patch', 's3-access-key', '--patch', 's3-secret-key'], '', KEYS), {
      's3-access-key': 'one',
      // The registry reads it as YAML, in which it would be a number.
      's3-secret-key': '"0123"',
    });
  }),
);

test(
  'what cannot be patched is refused, and named',
  withConfig(CONFIG, (folder) => {
    for (const [args, message] of [
      [
        ['--patch', 'redis-pasword'],
        '--patch redis-pasword: the Secret has no such key; did you mean "redis-password"?',
      ],
      [['--patch', 's3-access-key'], '--patch s3-access-key: the pods read no keys of a bucket from this Secret'],
      [['--patch', 'htpasswd'], 'name the user: htpasswd USER'],
      [['bob', '--patch', 'htpasswd', '--line'], '--line and --patch: take one of them'],
      [[], 'name the user: htpasswd USER'],
    ] as const)
      assert.equal(run(folder, ['htpasswd', ...args], 'secret'), {
        code: 2,
        out: '',
        err: `registry-gitops: ${message}\n`,
      });
  }),
);

test.run();
