// Generated from registry.yaml: change that, then run `npm run generate`.
/** The registry's storage in a bucket of S3, or of a service that speaks its API. */
import { Credentials } from './credentials.mjs';
import { Refused, S3 } from './s3.mjs';
import { inParallel } from './storage.mjs';
import { elementsOf, escaped, textOf } from './xml.mjs';

/** As many keys as one request may delete. */
const BATCH = 1000;
/** So many requests at once. */
const DELETIONS = 4;
const SINGLE_DELETIONS = 16;
const DIGITS = '0123456789abcdef';

/**
 * A bucket knows no folders: this empty object keeps one. Its name is no `link`, so the registry takes it for nothing; one that
 * ended in a slash would be a folder to some services, and lost by some copies.
 */
const KEEP = '.keep';

/** What a deletion answers for a single key that another try may delete. */
const TRANSIENT = new Set(['InternalError', 'SlowDown', 'ServiceUnavailable']);

export class Bucket {
  /** What was written is seen by all at once. */
  settle = 0;
  #s3;
  #top;
  /** Whether the service deletes single keys only. */
  #singly = false;

  constructor({ rootDirectory = '', ...place }, credentials = new Credentials(place.region), patience) {
    this.#s3 = new S3(place, credentials, patience);
    const root = rootDirectory.replace(/^\/+|\/+$/g, '');
    this.#top = `${root && `${root}/`}docker/registry/v2/`;
  }

  async folders(folder) {
    const prefix = this.#prefixOf(folder);
    const names = [];
    for await (const { prefixes } of this.#s3.pages({ prefix, delimiter: '/' }))
      names.push(...prefixes.map((name) => name.slice(prefix.length, -1)));
    return names;
  }

  async links(folder, file) {
    const prefix = this.#prefixOf(folder);
    const found = [];
    const take = (objects) => {
      for (const { key, time, version } of objects) {
        const name = key.slice(prefix.length, -file.length - 1);
        if (name && !name.includes('/') && key === `${prefix}${name}/${file}`)
          found.push({ name, time, version });
      }
    };
    const first = await this.#s3.page({ prefix });
    if (first.next !== undefined && /(^|\/)sha\d+$/.test(folder)) {
      // A page names the next one, so one listing is read page by page; but digests are spread evenly.
      await inParallel(DIGITS, DIGITS.length, async (digit) => {
        for await (const { objects } of this.#s3.pages({ prefix: prefix + digit }))
          take(objects);
      });
    }
    else
      for await (const { objects } of this.#s3.pages({ prefix }, first))
        take(objects);
    return found;
  }

  async read(file) {
    const { status, body } = await this.#s3.request('GET', this.#top + file);
    return status === 404 ? undefined : body;
  }

  async stat(file) {
    const key = this.#top + file;
    const { status, headers } = await this.#s3.request('HEAD', key);
    if (status !== 404) {
      const bytes = Number(headers.get('content-length') ?? NaN);
      const time = Date.parse(headers.get('last-modified') ?? '');
      if (Number.isNaN(bytes) || Number.isNaN(time))
        throw new Error(`HEAD ${key}: neither length nor time`);
      return { bytes, time };
    }
    // An answer to HEAD does not say what is missing: this fails where it is the bucket.
    await this.#s3.page({ prefix: key, 'max-keys': '1' });
    return undefined;
  }

  async makeFolder(folder) {
    await this.#s3.request('PUT', this.#prefixOf(folder) + KEEP);
  }

  remove(files, signal) {
    return this.#removeKeys(files.map((file) => this.#top + file), signal);
  }

  async removeFolder(folder, signal) {
    const keys = [];
    for await (const { objects } of this.#s3.pages({ prefix: this.#prefixOf(folder) }))
      keys.push(...objects.map(({ key }) => key));
    await this.#removeKeys(keys, signal);
  }

  /** @throws Error where no folder is named: that would be all */
  #prefixOf(folder) {
    if (!folder || folder.startsWith('/') || folder.endsWith('/'))
      throw new Error(`"${folder}" names no folder`);
    return `${this.#top}${folder}/`;
  }

  async #removeKeys(keys, signal) {
    const batches = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, index) => keys.slice(index * BATCH, (index + 1) * BATCH));
    await inParallel(batches, DELETIONS, async (batch) => {
      const left = this.#singly ? batch : await this.#removeBatch(batch, signal);
      await inParallel(left, SINGLE_DELETIONS, async (key) => void (await this.#s3.request('DELETE', key, { signal })));
    });
  }

  /**
   * @returns the keys that are to be deleted one by one
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
   */
  async #removeBatch(keys, signal) {
    const objects = keys.map((key) => `<Object><Key>${escaped(key)}</Key></Object>`).join('');
    const body = `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects}</Delete>`;
    const query = { delete: '' };
    let xml;
    try {
      xml = (await this.#s3.request('POST', '', { query, body, signal })).body.toString();
    }
    catch (error) {
      // Google's answers 400, others 501.
      if (!(error instanceof Refused) || (error.status !== 501 && error.code !== 'NotImplemented'))
        throw error;
      this.#singly = true;
      return keys;
    }
    if (!/<DeleteResult/.test(xml))
      throw new Error(`deletion of ${keys[0]} and others: the answer is none of S3's`);
    const failed = elementsOf(xml, 'Error')
      .map((entry) => ({ key: textOf(entry, 'Key') ?? '', code: textOf(entry, 'Code') ?? '', entry }))
      .filter(({ code }) => code !== 'NoSuchKey');
    const lasting = failed.filter(({ key, code }) => !key || !TRANSIENT.has(code));
    if (lasting.length > 0) {
      const [{ key, code, entry }] = lasting;
      const others = lasting.length > 1 ? ` (and ${lasting.length - 1} other keys)` : '';
      throw new Error(`DELETE ${key}${others}: ${code}: ${textOf(entry, 'Message') ?? ''}`);
    }
    return failed.map(({ key }) => key);
  }
}
