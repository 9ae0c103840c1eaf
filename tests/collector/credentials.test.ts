/** Keys of the bucket are found where the registry finds its own, in the same order, and are renewed in time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Credentials, domainOf } from '../../generator/collector/credentials.mjs';
import { type Asked, type Reply, withLoopback } from '../support/loopback.js';

const test = suite('credentials');
const MINUTE = 60_000;
const START = Date.parse('2026-11-27T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-credentials-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const registryKeys = { REGISTRY_STORAGE_S3_ACCESSKEY: 'registry', REGISTRY_STORAGE_S3_SECRETKEY: 'its secret' };
const awsKeys = { AWS_ACCESS_KEY_ID: 'aws', AWS_SECRET_ACCESS_KEY: 'its secret', AWS_SESSION_TOKEN: 'its token' };

function tokenFile(text: string): string {
  const file = join(folder, 'token');
  writeFileSync(file, text);
  return file;
}

/** An answer with keys that are lent for some minutes from the start on. */
function lent(accessKey: string, minutes = 60): Reply {
  const Expiration = new Date(START + minutes * MINUTE).toISOString();
  return { body: JSON.stringify({ AccessKeyId: accessKey, SecretAccessKey: 'secret', Token: 'token', Expiration }) };
}

/** Every way at once, on one server. */
function answer({ method, path }: Asked): Reply {
  if (method === 'POST')
    return {
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
        <Credentials><AccessKeyId>role</AccessKeyId><SecretAccessKey>a&amp;b</SecretAccessKey><SessionToken>t+/=</SessionToken>
        <Expiration>2026-11-27T13:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    };
  if (path === '/full') return lent('full');
  if (path === '/relative') return lent('relative');
  if (method === 'PUT' && path === '/latest/api/token') return { body: 'session' };
  if (path === '/latest/meta-data/iam/security-credentials/') return { body: 'node-role' };
  if (path === '/latest/meta-data/iam/security-credentials/node-role') return lent('machine');
  return { status: 404, body: 'no such page' };
}

test('the first way that the environment states is taken', async () => {
  await withLoopback(answer, async ({ url }) => {
    const ways: [accessKey: string, Record<string, string>][] = [
      ['registry', registryKeys],
      ['aws', awsKeys],
      ['role', { AWS_ROLE_ARN: 'arn:aws:iam::1:role/r', AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile('jwt\n') }],
      ['relative', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/relative' }],
      ['full', { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/full` }],
      ['machine', {}],
    ];
    for (const [index, [accessKey]] of ways.entries()) {
      const rest = Object.assign({}, ...ways.slice(index).map(([, variables]) => variables)) as Record<string, string>;
      const env = { ...rest, AWS_ENDPOINT_URL_STS: url, AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
      const credentials = new Credentials('us-east-1', { env, containerHost: url, now: () => START });
      assert.is((await credentials.get()).accessKey, accessKey);
    }
  });
});

test('half a pair counts for none', async () => {
  const env = { REGISTRY_STORAGE_S3_ACCESSKEY: 'registry', ...awsKeys };
  assert.equal(await new Credentials('x', { env }).get(), {
    accessKey: 'aws',
    secretKey: 'its secret',
    token: 'its token',
  });
});

test("the registry's own are read as YAML, as the registry does", async () => {
  for (const [text, secretKey] of [
    ['"not a #secret \\" \\u00fc"', 'not a #secret " ü'],
    ["'0123'", '0123'],
    ["'it''s'", "it's"],
    ['a"b', 'a"b'],
  ]) {
    const env = { ...registryKeys, REGISTRY_STORAGE_S3_SECRETKEY: text! };
    assert.is((await new Credentials('x', { env }).get()).secretKey, secretKey);
  }
});

test('a role is asked for with the token of the moment', async () => {
  await withLoopback(answer, async ({ url, asked }) => {
    const env = {
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/r',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile('first'),
      AWS_ENDPOINT_URL_STS: url,
    };
    let now = START;
    const credentials = new Credentials('us-east-1', { env, now: () => now });
    const expires = START + 60 * MINUTE;
    assert.equal(await credentials.get(), { accessKey: 'role', secretKey: 'a&b', token: 't+/=', expires });
    tokenFile('second');
    now += 56 * MINUTE;
    await credentials.get();
    const [first, second] = asked.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    assert.is(first!['Action'], 'AssumeRoleWithWebIdentity');
    assert.is(first!['Version'], '2011-06-15');
    assert.is(first!['RoleArn'], 'arn:aws:iam::1:role/r');
    assert.is(first!['WebIdentityToken'], 'first');
    assert.is(second!['WebIdentityToken'], 'second');
  });
});

test('a container says who it is: by a file before a variable', async () => {
  await withLoopback(answer, async ({ url, asked }) => {
    const variable = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/full`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'by hand',
    };
    const file = { ...variable, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile('of the pod\n') };
    for (const env of [variable, file]) await new Credentials('x', { env }).get();
    assert.equal(
      asked.map(({ headers }) => headers.authorization),
      ['by hand', 'of the pod'],
    );
  });
});

test('a container tells its token to no stranger without TLS', async () => {
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://192.0.2.1/', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret' };
  await rejects(new Credentials('x', { env }).get(), /192\.0\.2\.1, which is no host of ECS or EKS/);
});

test('instance metadata is asked by version 2', async () => {
  await withLoopback(answer, async ({ url, asked }) => {
    await new Credentials('x', { env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } }).get();
    assert.equal(
      asked.map(({ method, headers }) => [method, headers['x-aws-ec2-metadata-token']]),
      [
        ['PUT', undefined],
        ['GET', 'session'],
        ['GET', 'session'],
      ],
    );
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: 'true' };
    await rejects(new Credentials('x', { env }).get(), /instance metadata is switched off/);
    assert.is(asked.length, 3);
  });
});

test('lent keys are renewed five minutes before they expire, once for all who ask', async () => {
  let loan = 0;
  await withLoopback(
    () => lent(`loan ${++loan}`, loan * 60),
    async ({ url }) => {
      let now = START;
      const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
      const credentials = new Credentials('x', { env, now: () => now });
      const ask = async (): Promise<string> => (await credentials.get()).accessKey;
      assert.equal(await Promise.all([ask(), ask(), ask()]), ['loan 1', 'loan 1', 'loan 1']);
      now = START + 54 * MINUTE;
      assert.is(await ask(), 'loan 1');
      now = START + 56 * MINUTE;
      assert.equal(await Promise.all([ask(), ask()]), ['loan 2', 'loan 2']);
      credentials.forget();
      assert.is(await ask(), 'loan 3', 'what the service refuses is not offered again');
    },
  );
});

test('where they cannot be renewed they serve until they expire', async () => {
  let isOpen = true;
  await withLoopback(
    () => (isOpen ? lent('loan') : { status: 403, body: 'no more' }),
    async ({ url, asked }) => {
      let now = START;
      const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/loans` };
      const credentials = new Credentials('x', { env, now: () => now });
      await credentials.get();
      isOpen = false;
      now = START + 58 * MINUTE;
      assert.is((await credentials.get()).accessKey, 'loan');
      await credentials.get();
      assert.is(asked.length, 2, 'it is not asked at each request');
      now = START + 60 * MINUTE;
      await rejects(credentials.get(), /^GET http:\/\/127\.0\.0\.1:\d+\/loans: 403 no more$/);
    },
  );
});

test('what is out of order is asked again, and what answers no keys is named', async () => {
  let failures = 2;
  await withLoopback(
    () => (failures-- > 0 ? { status: 500 } : lent('loan')),
    async ({ url }) => {
      const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
      assert.is((await new Credentials('x', { env }).get()).accessKey, 'loan');
    },
  );
  for (const [body, says] of [
    ['{"Message":"no association"}', /no keys in its answer: no association/],
    ['<html>', /no JSON/],
  ] as const)
    await withLoopback(
      () => ({ body }),
      async ({ url }) =>
        rejects(new Credentials('x', { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } }).get(), says),
    );
});

test('a token file that is not there is named', async () => {
  const env = { AWS_ROLE_ARN: 'r', AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'none') };
  await rejects(new Credentials('x', { env }).get(), /ENOENT.*none/);
});

test('China has a domain of its own', () => {
  assert.is(domainOf('cn-north-1'), 'amazonaws.com.cn');
  assert.is(domainOf('eu-central-1'), 'amazonaws.com');
});

async function rejects(promise: Promise<unknown>, says: RegExp): Promise<void> {
  const message = await promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  );
  assert.match(message, says);
}

test.run();
