// Generated from registry.yaml: change that, then run `npm run generate`.
/**
 * The keys by which the collector opens the bucket: from where the registry has its own.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { send } from './requests.mjs';
import { textOf } from './xml.mjs';

/** Milliseconds before they expire from which on lent keys are asked for anew, and between two such questions at least. */
const MARGIN = 300_000;
const PAUSE = 30_000;

/** What is asked is on the same machine, or in the same region. */
const PATIENCE = { tries: 4, timeout: 5000, pause: 300 };

/** Where ECS and EKS answer containers without TLS, beside the loopback interface. */
const CONTAINER_HOSTS = /^(localhost|127(\.\d+){3}|\[::1\]|169\.254\.170\.(2|23)|\[fd00:ec2::23\])$/;

export class Credentials {
  #region;
  #env;
  #now;
  #containerHost;
  #lent;
  #renewAt = 0;
  #renewal;

  /** @param region of the bucket; that of STS too, unless AWS_REGION says another */
  constructor(region, { env = process.env, now = Date.now, containerHost = 'http://169.254.170.2' } = {}) {
    this.#region = region;
    this.#env = env;
    this.#now = now;
    this.#containerHost = containerHost;
  }

  /** @returns keys that are good for some minutes. @throws Error that says whom it asked for them in vain */
  async get() {
    if (this.#lent && this.#now() < this.#renewAt)
      return this.#lent;
    // Many requests ask at the same time.
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  /** Keys that the service calls expired are not offered again. */
  forget() {
    this.#lent = undefined;
  }

  async #renew() {
    const lent = await this.#find().catch((error) => {
      if (this.#lent?.expires && this.#now() < this.#lent.expires)
        return this.#lent;
      throw error;
    });
    const { expires = Infinity } = lent;
    this.#renewAt = Math.max(expires - MARGIN, Math.min(this.#now() + PAUSE, expires));
    this.#lent = lent;
    return lent;
  }

  #find() {
    const { AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile } = this.#env;
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = this.#env;
    const stated = this.#stated();
    if (stated)
      return Promise.resolve(stated);
    if (AWS_ROLE_ARN && tokenFile)
      return this.#byWebIdentity(AWS_ROLE_ARN, tokenFile);
    if (relative)
      return this.#byContainer(new URL(relative, this.#containerHost));
    if (full)
      return this.#byContainer(new URL(full));
    return this.#byInstance();
  }

  /** Keys that the environment states, first those that the registry reads, which it takes for YAML. */
  #stated() {
    const { REGISTRY_STORAGE_S3_ACCESSKEY: access, REGISTRY_STORAGE_S3_SECRETKEY: secret } = this.#env;
    if (access && secret)
      return { accessKey: unquoted(access), secretKey: unquoted(secret) };
    const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: token } = this.#env;
    if (accessKey && secretKey)
      return { accessKey, secretKey, ...(token ? { token } : {}) };
    return undefined;
  }

  /**
   * A role by the token of a service account.
   *
   * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
   */
  async #byWebIdentity(role, tokenFile) {
    const region = this.#env['AWS_REGION'] || this.#env['AWS_DEFAULT_REGION'] || this.#region;
    const url = this.#env['AWS_ENDPOINT_URL_STS'] || `https://sts.${region}.${domainOf(region)}`;
    const { body } = await ask(async () => ({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: role,
        RoleSessionName: this.#env['AWS_ROLE_SESSION_NAME'] || `registry-gc-${randomUUID()}`,
        // It is replaced while this runs.
        WebIdentityToken: (await readFile(tokenFile, 'utf8')).trim(),
      }).toString(),
    }));
    const xml = body.toString();
    return lentBy(url, {
      AccessKeyId: textOf(xml, 'AccessKeyId'),
      SecretAccessKey: textOf(xml, 'SecretAccessKey'),
      Token: textOf(xml, 'SessionToken'),
      Expiration: textOf(xml, 'Expiration'),
    });
  }

  /**
   * EKS Pod Identity, or a task of ECS.
   *
   * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
   */
  async #byContainer(url) {
    if (url.protocol !== 'https:' && url.origin !== this.#containerHost && !CONTAINER_HOSTS.test(url.hostname))
      throw new Error(`keys are not asked for without TLS at ${url.host}, which is no host of ECS or EKS`);
    const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = this.#env;
    const { body } = await ask(async () => {
      const authorization = file ? (await readFile(file, 'utf8')).trim() : token;
      return { method: 'GET', url, ...(authorization ? { headers: { authorization } } : {}) };
    });
    return lentBy(url, parsed(url, body));
  }

  /**
   * The role of the machine.
   *
   * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
   */
  async #byInstance() {
    if (this.#env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true')
      throw new Error('the environment has no keys of the bucket, and instance metadata is switched off');
    const host = this.#env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254';
    const at = (path) => `${host.replace(/\/$/, '')}/latest/${path}`;
    try {
      const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '300' };
      const token = await ask(async () => ({ method: 'PUT', url: at('api/token'), headers: ttl }));
      const headers = { 'x-aws-ec2-metadata-token': token.body.toString() };
      const roles = await ask(async () => ({ method: 'GET', url: at('meta-data/iam/security-credentials/'), headers }));
      const url = at(`meta-data/iam/security-credentials/${roles.body.toString().trim().split('\n')[0]}`);
      return lentBy(url, parsed(url, (await ask(async () => ({ method: 'GET', url, headers }))).body));
    }
    catch (error) {
      const { message } = error;
      throw new Error(`the environment has no keys of the bucket, nor has the machine a role: ${message}`, {
        cause: error,
      });
    }
  }
}

/** @returns the domain of AWS' services in a region. */
export function domainOf(region) {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

async function ask(make) {
  let name = '';
  const answer = await send(async () => {
    const call = await make();
    name = `${call.method} ${call.url}`;
    return call;
  }, PATIENCE).catch((error) => {
    throw new Error(name ? `${name}: ${error.message}` : error.message);
  });
  if (answer.status === 200)
    return answer;
  throw new Error(`${name}: ${answer.status} ${answer.body.toString().replace(/\s+/g, ' ').slice(0, 300)}`);
}

function parsed(url, body) {
  try {
    return JSON.parse(body.toString());
  }
  catch {
    throw new Error(`${url}: what it answers is no JSON`);
  }
}

function lentBy(url, fields) {
  const { AccessKeyId: accessKey, SecretAccessKey: secretKey, Token: token, Expiration = '' } = fields;
  if (!accessKey || !secretKey)
    throw new Error(`${url}: no keys in its answer: ${fields['Message'] ?? fields['Code'] ?? ''}`);
  const expires = Date.parse(Expiration);
  return { accessKey, secretKey, ...(token ? { token } : {}), ...(Number.isNaN(expires) ? {} : { expires }) };
}

/** Text that YAML would take for something else is in quotes. */
function unquoted(text) {
  if (/^'.*'$/s.test(text))
    return text.slice(1, -1).replaceAll("''", "'");
  if (!/^".*"$/s.test(text))
    return text;
  try {
    return JSON.parse(text);
  }
  catch {
    return text;
  }
}
