/** What a real S3 server at hand does not do: being overloaded, answering half, encoding keys, deleting single keys only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Bucket } from '../../generator/collector/bucket.mjs';
import { Credentials } from '../../generator/collector/credentials.mjs';
import { addressOf } from '../../generator/collector/s3.mjs';
import { type Asked, type Loopback, type Reply, withLoopback } from '../support/loopback.js';

const test = suite('S3');
const TAGS = 'repositories/app/_manifests/tags';
const TOP = 'docker/registry/v2/';

/** @returns an answer to a listing @param inner its elements @param next token of the page that follows */
function listing(inner: string, next = ''): Reply {
  const token = next && `<NextContinuationToken>${next}</NextContinuationToken>`;
  return {
    body: `<?xml version="1.0"?><ListBucketResult><IsTruncated>${Boolean(next)}</IsTruncated>${token}${inner}</ListBucketResult>`,
  };
}

function entry(key: string): string {
  return `<Contents><Key>${key}</Key><LastModified>2026-11-27T12:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag></Contents>`;
}

function refusal(status: number, code: string, message = 'Why.'): Reply {
  return { status, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` };
}

function withBucket(
  answer: (asked: Asked) => Reply | undefined,
  check: (bucket: Bucket, server: Loopback) => Promise<void>,
  { timeout = 5000 } = {},
): Promise<void> {
  return withLoopback(answer, (server) => {
    const place = { bucket: 'images', region: 'us-east-1', endpoint: server.url, pathStyle: true };
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const patience = { tries: 5, timeout, pause: 2 };
    return check(new Bucket(place, new Credentials('us-east-1', { env }), patience), server);
  });
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  );
}

test('the bucket is in the host of AWS, unless a dot or the user forbids it', () => {
  const address = (bucket: string, region: string, pathStyle: boolean, endpoint?: string): string =>
    addressOf({ bucket, region, pathStyle, ...(endpoint ? { endpoint } : {}) });
  assert.is(address('images', 'eu-west-1', false), 'https://images.s3.eu-west-1.amazonaws.com');
  assert.is(address('images', 'cn-north-1', false), 'https://images.s3.cn-north-1.amazonaws.com.cn');
  assert.is(address('a.b', 'eu-west-1', false), 'https://s3.eu-west-1.amazonaws.com/a.b');
  assert.is(address('images', 'eu-west-1', true), 'https://s3.eu-west-1.amazonaws.com/images');
  assert.is(address('images', 'x', true, 'http://minio:9000/'), 'http://minio:9000/images');
  assert.is(address('images', 'x', false, 'https://minio/base/'), 'https://images.minio/base');
  assert.is(address('images', 'x', true, 'storage.googleapis.com'), 'https://storage.googleapis.com/images');
});

test('what is overloaded, out of order or hangs up is asked again', async () => {
  const troubles: (Reply | undefined)[] = [refusal(503, 'SlowDown'), undefined, { status: 429 }, { status: 500 }];
  await withBucket(
    () => (troubles.length > 0 ? troubles.shift() : { body: 'sha256:1' }),
    async (bucket, { asked }) => {
      assert.is(String(await bucket.read('file')), 'sha256:1');
      assert.is(asked.length, 5);
    },
  );
});

test('after five tries the error says what was asked, and what the service says', async () => {
  await withBucket(
    () => refusal(503, 'SlowDown', 'Please &lt;wait&gt;.'),
    async (bucket, { asked }) => {
      assert.is(await messageOf(bucket.read('file')), `GET ${TOP}file: 503 SlowDown: Please <wait>.`);
      assert.is(asked.length, 5);
    },
  );
  await withBucket(
    () => undefined,
    async (bucket) => assert.match(await messageOf(bucket.read('file')), /^GET docker.*file: other side closed/),
  );
});

test('an answer that does not come to its end in time is none', async () => {
  await withBucket(
    () => ({ body: 'begun', endless: true }),
    async (bucket, { asked }) => {
      assert.is(await messageOf(bucket.read('file')), `GET ${TOP}file: no answer in time`);
      assert.is(asked.length, 5);
    },
    { timeout: 100 },
  );
});

test('a refusal is no reason to ask again', async () => {
  await withBucket(
    () => refusal(403, 'AccessDenied'),
    async (bucket, { asked }) => {
      assert.is(await messageOf(bucket.makeFolder('a')), `PUT ${TOP}a/.keep: 403 AccessDenied: Why.`);
      assert.is(asked.length, 1);
    },
  );
});

test('keys that the service calls expired are asked for anew, once', async () => {
  let answers = 0;
  await withBucket(
    () => (answers++ === 0 ? refusal(400, 'ExpiredToken') : { body: 'text' }),
    async (bucket) => assert.is(String(await bucket.read('file')), 'text'),
  );
  await withBucket(
    () => refusal(400, 'ExpiredToken'),
    async (bucket, { asked }) => {
      assert.match(await messageOf(bucket.read('file')), /400 ExpiredToken/);
      assert.is(asked.length, 2);
    },
  );
});

test('keys in listings are decoded as the service encodes them', async () => {
  const encoded = `<EncodingType>url</EncodingType>${entry(`${TOP}${TAGS}/a%2Bb+%3C%C3%BC/current/link`)}`;
  const plain = entry(`${TOP}${TAGS}/a+b%20&lt;&amp;&#xfc;&#252;/current/link`);
  for (const [inner, name] of [
    [encoded, 'a+b <ü'],
    [plain, 'a+b%20<&üü'],
  ] as const)
    await withBucket(
      () => listing(inner),
      async (bucket, { asked }) => {
        const time = Date.parse('2026-11-27T12:00:00Z');
        assert.equal(await bucket.links(TAGS, 'current/link'), [
          { name, time, version: '"e" 2026-11-27T12:00:00.000Z' },
        ]);
        assert.match(asked[0]!.path, 'encoding-type=url');
      },
    );
});

test('a listing that may leave something out is an error', async () => {
  for (const body of [
    '',
    '<html>Welcome</html>',
    '<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>version 1</NextMarker></ListBucketResult>',
    `<ListBucketResult><IsTruncated>false</IsTruncated>${entry('a')}`,
    `<ListBucketResult>${entry('a')}</ListBucketResult>`,
  ])
    await withBucket(
      () => ({ body }),
      async (bucket) => {
        assert.match(await messageOf(bucket.links(TAGS, 'current/link')), 'no whole listing');
        assert.match(await messageOf(bucket.folders(TAGS)), 'no whole listing');
      },
    );
});

test('many digests are listed by their first digit, other folders page by page', async () => {
  const prefixOf = ({ path }: Asked): string => new URLSearchParams(path.split('?')[1]).get('prefix')!;
  const folder = 'repositories/app/_layers/sha256';
  await withBucket(
    (asked) => {
      const prefix = prefixOf(asked);
      const name = prefix.slice(`${TOP}${folder}/`.length);
      return listing(entry(`${prefix}${name ? '' : '0'}0/link`), name ? '' : 'more');
    },
    async (bucket, { asked }) => {
      const names = (await bucket.links(folder, 'link')).map(({ name }) => name).sort();
      assert.equal(
        names,
        [...'0123456789abcdef'].map((digit) => `${digit}0`),
      );
      assert.is(asked.length, 17);
    },
  );
  await withBucket(
    ({ path }) =>
      listing(
        entry(`${TOP}${TAGS}/${path.includes('token=more%2B') ? 2 : 1}/current/link`),
        path.includes('token=') ? '' : 'more+',
      ),
    async (bucket) =>
      assert.equal(
        (await bucket.links(TAGS, 'current/link')).map(({ name }) => name),
        ['1', '2'],
      ),
  );
});

test('no more than 1,000 keys are deleted at once', async () => {
  await withBucket(
    () => ({ body: '<DeleteResult/>' }),
    async (bucket, { asked }) => {
      await bucket.remove(Array.from({ length: 1001 }, (_, index) => `file ${index}`));
      assert.equal(asked.map(({ body }) => body.match(/<Object>/g)!.length).sort(), [1, 1000]);
    },
  );
});

test('where the service deletes single keys only, or says so of some, they are deleted one by one', async () => {
  for (const reply of [refusal(400, 'NotImplemented'), { status: 501 }])
    await withBucket(
      ({ method }) => (method === 'POST' ? reply : { status: method === 'DELETE' ? 204 : 500 }),
      async (bucket, { asked }) => {
        await bucket.remove(['a', 'b c']);
        await bucket.remove(['d']);
        assert.equal(asked.map(({ method, path }) => `${method} ${path}`).sort(), [
          `DELETE /images/${TOP}a`,
          `DELETE /images/${TOP}b%20c`,
          `DELETE /images/${TOP}d`,
          'POST /images/?delete=',
        ]);
      },
    );
  const busy = `<DeleteResult><Error><Key>${TOP}a</Key><Code>InternalError</Code></Error></DeleteResult>`;
  await withBucket(
    ({ method }) => (method === 'POST' ? { body: busy } : { status: 204 }),
    async (bucket, { asked }) => {
      await bucket.remove(['a', 'b']);
      assert.is(asked.at(-1)!.path, `/images/${TOP}a`);
      assert.is(asked.length, 2);
    },
  );
});

test('a key that is refused in a deletion of many is named, one that is gone is none', async () => {
  const error = (key: string, code: string): string =>
    `<Error><Key>${key}</Key><Code>${code}</Code><Message>Why.</Message></Error>`;
  const reply = (inner: string) => () => ({ body: `<DeleteResult>${inner}</DeleteResult>` });
  await withBucket(reply(error('a', 'NoSuchKey')), (bucket) => bucket.remove(['a']));
  await withBucket(reply(error('a', 'NoSuchKey') + error('b', 'AccessDenied')), async (bucket) =>
    assert.is(await messageOf(bucket.remove(['a', 'b'])), 'DELETE b: AccessDenied: Why.'),
  );
  await withBucket(reply(error('a', 'AccessDenied') + error('b', 'InternalError')), async (bucket) =>
    assert.is(await messageOf(bucket.remove(['a', 'b'])), 'DELETE a: AccessDenied: Why.'),
  );
  await withBucket(
    () => ({ body: '<html>' }),
    async (bucket) => assert.match(await messageOf(bucket.remove(['a'])), "none of S3's"),
  );
});

test.run();
