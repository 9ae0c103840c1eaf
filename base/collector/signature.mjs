// Generated from registry.yaml: change that, then run `npm run generate`.
/** Signs requests to services that speak AWS' protocols: Signature Version 4, in the header. */
import { createHash, createHmac } from 'node:crypto';

/**
 * @param request whose path is encoded once, as S3 wants it; other services want it twice
 * @param service such as s3
 * @returns the headers to send: those of the request, and those that sign it
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signed({ method, url, headers = {}, body = '' }, { accessKey, secretKey, token }, region, service, time) {
  const stamp = time.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = stamp.slice(0, 8);
  const own = {
    ...headers,
    'x-amz-content-sha256': hash(body),
    'x-amz-date': stamp,
    ...(token ? { 'x-amz-security-token': token } : {}),
  };
  const lines = Object.entries({ ...own, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')])
    .sort(byName);
  const names = lines.map(([name]) => name).join(';');
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...lines.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    hash(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretKey}`));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n')).toString('hex');
  return {
    ...own,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope},SignedHeaders=${names},Signature=${signature}`,
  };
}

/** @returns text for a path or a query: all but letters, digits and -._~ as %XX */
export function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalQuery({ search }) {
  const pairs = search.slice(1).split('&').filter(Boolean);
  return pairs
    .map((pair) => pair.split('='))
    .map(([name, value = '']) => [name, value])
    .sort(byName)
    .map((pair) => pair.join('='))
    .join('&');
}

/** By bytes, whatever the language: nothing is named twice here. */
function byName([one], [other]) {
  return one < other ? -1 : 1;
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}
