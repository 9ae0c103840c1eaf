/**
 * Signatures are those that AWS publishes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (examples)
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encode, signed, type Unsigned } from '../../generator/collector/signature.mjs';

const test = suite('signature');
const keys = { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const TIME = new Date('2013-05-24T00:00:00Z');
const at = (path: string): URL => new URL(`https://examplebucket.s3.amazonaws.com${path}`);

interface Example {
  name: string;
  request: Unsigned;
  names: string;
  signature: string;
}

const EXAMPLES: Example[] = [
  {
    name: 'part of an object',
    request: { method: 'GET', url: at('/test.txt'), headers: { Range: 'bytes=0-9' } },
    names: 'host;range;x-amz-content-sha256;x-amz-date',
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'an object with contents, and a key that is encoded',
    request: {
      method: 'PUT',
      url: at('/test%24file.text'),
      headers: { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: 'Welcome to Amazon S3.',
    },
    names: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'a query without a value',
    request: { method: 'GET', url: at('/?lifecycle') },
    names: 'host;x-amz-content-sha256;x-amz-date',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'a query out of order',
    request: { method: 'GET', url: at('/?prefix=J&max-keys=2') },
    names: 'host;x-amz-content-sha256;x-amz-date',
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
];

for (const { name, request, names, signature } of EXAMPLES) {
  test(name, () => {
    const headers = signed(request, keys, 'us-east-1', 's3', TIME);
    assert.is(
      headers['authorization'],
      `AWS4-HMAC-SHA256 Credential=${keys.accessKey}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`,
    );
    assert.is(headers['x-amz-date'], '20130524T000000Z');
  });
}

test('the token of lent keys is sent, and signed', () => {
  const [{ request }] = EXAMPLES as [Example];
  const headers = signed(request, { ...keys, token: 'lent' }, 'us-east-1', 's3', TIME);
  assert.is(headers['x-amz-security-token'], 'lent');
  assert.match(headers['authorization']!, 'x-amz-date;x-amz-security-token,');
});

test('all but what RFC 3986 calls unreserved is encoded, by bytes', () => {
  assert.is(encode("aZ9-._~ +&<>'()*!/%ü"), 'aZ9-._~%20%2B%26%3C%3E%27%28%29%2A%21%2F%25%C3%BC');
});

test.run();
