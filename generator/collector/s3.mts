/** A bucket by the S3 API: single requests, and listings. */
import { createHash } from 'node:crypto';
import { type Credentials, domainOf } from './credentials.mjs';
import { type Answer, type Patience, send } from './requests.mjs';
import { encode, signed, type Unsigned } from './signature.mjs';
import { elementsOf, textOf } from './xml.mjs';

const PATIENCE: Patience = { tries: 5, timeout: 30_000, pause: 500 };

export interface Place {
  bucket: string;
  region: string;
  /** URL of the service where it is not AWS'. */
  endpoint?: string;
  /** Whether the bucket is in the path, not in the host's name. */
  pathStyle: boolean;
}

/** A request that the service refused. */
export class Refused extends Error {
  readonly status: number;
  /** The service's name for what is wrong, such as NoSuchBucket; empty where it said none. */
  readonly code: string;

  constructor(what: string, { status, body }: Answer) {
    const { code, message } = errorIn(body);
    super(`${what}: ${status} ${[code, message].filter(Boolean).join(': ')}`.trimEnd());
    this.status = status;
    this.code = code;
  }
}

export interface Listed {
  key: string;
  /** When it was written last, in milliseconds since 1970. */
  time: number;
  version: string;
}

export interface Page {
  objects: Listed[];
  /** What is common to keys up to the delimiter, that included. */
  prefixes: string[];
  /** Where the next page begins; undefined on the last one. */
  next: string | undefined;
}

export interface Details {
  /** Names and values, not encoded. */
  query?: Record<string, string>;
  body?: string;
  /** After which it is not tried again. */
  signal?: AbortSignal | undefined;
}

export class S3 {
  readonly #credentials: Credentials;
  readonly #region: string;
  readonly #top: string;
  readonly #patience: Patience;

  constructor(place: Place, credentials: Credentials, patience = PATIENCE) {
    this.#credentials = credentials;
    this.#region = place.region;
    this.#top = addressOf(place);
    this.#patience = patience;
  }

  /**
   * @param key of an object; empty for the bucket
   * @returns the answer: 2xx, or 404 where the bucket is there but no such object
   * @throws Refused
   * @throws Error where no answer came
   */
  async request(method: string, key: string, { query = {}, body, signal }: Details = {}): Promise<Answer> {
    const path = key.split('/').map(encode).join('/');
    const pairs = Object.entries(query).map((pair) => pair.map(encode).join('='));
    const url = new URL(`${this.#top}/${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`);
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-md5'] = createHash('md5').update(body).digest('base64');
    const { prefix } = query;
    const what = `${method} ${key || `${this.#top}${prefix === undefined ? url.search : ` (keys of ${prefix})`}`}`;
    const attempt = (): Promise<Answer> =>
      this.#send({ method, url, headers, ...(body === undefined ? {} : { body }) }, signal).catch((error: Error) => {
        throw new Error(`${what}: ${error.message}`, { cause: error });
      });
    let answer = await attempt();
    if (answer.status >= 400 && errorIn(answer.body).code === 'ExpiredToken') {
      this.#credentials.forget();
      answer = await attempt();
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    const refused = new Refused(what, answer);
    if (answer.status === 404 && refused.code !== 'NoSuchBucket' && key) return answer;
    throw refused;
  }

  /** @param query prefix, delimiter and what else the page depends on @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
  async page(query: Record<string, string>): Promise<Page> {
    const all = { 'list-type': '2', 'encoding-type': 'url', ...query };
    const xml = (await this.request('GET', '', { query: all })).body.toString();
    const truncated = textOf(xml, 'IsTruncated');
    const next = truncated === 'true' ? textOf(xml, 'NextContinuationToken') : undefined;
    // Whatever a listing leaves out would count as unused.
    if (!/<\/ListBucketResult>\s*$/.test(xml) || !truncated || (truncated === 'true' && !next))
      throw new Error(`GET ${this.#top}: what it answers is no whole listing by version 2 of the S3 API`);
    const decode = textOf(xml, 'EncodingType') === 'url' ? decodeForm : String;
    return {
      objects: elementsOf(xml, 'Contents').map((entry) => ({
        key: decode(fieldOf(entry, 'Key')),
        time: Date.parse(fieldOf(entry, 'LastModified')),
        version: `${textOf(entry, 'ETag') ?? ''} ${fieldOf(entry, 'LastModified')}`,
      })),
      prefixes: elementsOf(xml, 'CommonPrefixes').map((entry) => decode(fieldOf(entry, 'Prefix'))),
      next,
    };
  }

  /** @yields each page from one on. @param page the first one, where it is known */
  async *pages(query: Record<string, string>, page?: Page): AsyncGenerator<Page> {
    let current = page ?? (await this.page(query));
    yield current;
    while (current.next !== undefined) {
      current = await this.page({ ...query, 'continuation-token': current.next });
      yield current;
    }
  }

  #send(unsigned: Unsigned, signal: AbortSignal | undefined): Promise<Answer> {
    return send(
      async () => {
        const headers = signed(unsigned, await this.#credentials.get(), this.#region, 's3', new Date());
        // Not signed, as proxies change it. The length of what is compressed is not the file's.
        return { ...unsigned, headers: { ...headers, 'accept-encoding': 'identity' } };
      },
      this.#patience,
      signal,
    );
  }
}

/** @returns URL of the bucket, without a slash at its end */
export function addressOf({ bucket, region, endpoint, pathStyle }: Place): string {
  // The certificate of *.s3.REGION.amazonaws.com holds for no name with a dot more.
  const inPath = pathStyle || (!endpoint && bucket.includes('.'));
  const service = endpoint || `s3.${region}.${domainOf(region)}`;
  const { protocol, host, pathname } = new URL(service.includes('://') ? service : `https://${service}`);
  const base = pathname.replace(/\/+$/, '');
  return inPath ? `${protocol}//${host}${base}/${bucket}` : `${protocol}//${bucket}.${host}${base}`;
}

function errorIn(body: Buffer): { code: string; message: string } {
  const xml = body.subarray(0, 10_000).toString();
  if (!xml.includes('<Error')) return { code: '', message: '' };
  return { code: textOf(xml, 'Code') ?? '', message: textOf(xml, 'Message') ?? '' };
}

function fieldOf(entry: string, name: string): string {
  const text = textOf(entry, name);
  if (text === undefined) throw new Error(`a listing has an entry without ${name}`);
  return text;
}

/** Keys are encoded in listings as forms are. */
function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
