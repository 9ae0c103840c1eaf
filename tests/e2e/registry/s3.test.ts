/** The generated configuration on the real registries, with the images in a bucket of a real S3 server. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalDeployment, PASSWORD, USER } from '../../support/deployment.js';
import { freePort, until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const login = { authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}` };
const BUCKET = 'images';
/** A key that YAML, which the registry reads its variables as, takes for a comment from its middle on. */
const SECRET_KEY = 'not a #secret';
const keys = { REGISTRY_STORAGE_S3_ACCESSKEY: 'registry', REGISTRY_STORAGE_S3_SECRETKEY: SECRET_KEY };

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry', onEmpty: { code: 1, says: 'Path not found: /docker/registry/v2/repositories' } },
  { image: 'registry:3.1.1', program: 'registry', onEmpty: { code: 0, says: '0 blobs marked, 0 blobs and 0 manifests eligible for deletion' } },
];

/** A deployment whose bucket is served by a gateway that keeps it in a folder. */
class BucketDeployment extends LocalDeployment {
  readonly #port: number;

  constructor(image: string, program: string, port: number, redirect: boolean) {
    super(
      `image: ${image}
gc: { dryRun: false }
overlays:
  it:
    storage:
      type: s3
      s3: { bucket: ${BUCKET}, region: us-east-1, endpoint: "http://127.0.0.1:${port}", rootDirectory: team/a, redirect: ${redirect} }
`,
      program,
      keys,
    );
    this.#port = port;
  }

  /** Keys of the objects in the bucket. */
  get keys(): string[] {
    const files = readdirSync(join(this.volume, BUCKET), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => join(parentPath, name).slice(join(this.volume, BUCKET).length + 1));
  }

  get blobs(): string[] {
    return this.keys.filter((key) => /^team\/a\/docker\/registry\/v2\/blobs\/.*\/data$/.test(key));
  }

  override async start(replicas: number): Promise<void> {
    mkdirSync(join(this.volume, BUCKET));
    // Beside the bucket, as not every file system keeps what a file is said to be.
    const metadata = join(this.folder, 'metadata');
    mkdirSync(metadata);
    const { log } = this.processes.start(findProgram('versitygw')!, ['--quiet', '--port', `127.0.0.1:${this.#port}`, 'posix', '--sidecar', metadata, this.volume], { ROOT_ACCESS_KEY: 'registry', ROOT_SECRET_KEY: SECRET_KEY });
    await until('the gateway answers', async () => (await fetch(`http://127.0.0.1:${this.#port}/${BUCKET}`)).status === 403, 10_000, log);
    await super.start(replicas);
  }

  /** Starts one more replica, with further variables. @returns its URL */
  async startWith(variables: Record<string, string>): Promise<string> {
    const address = `127.0.0.1:${await freePort()}`;
    const [container] = this.pod.containers;
    const { log } = this.processes.start(this.program, ['serve', join(this.folder, 'config-0.yml')], { ...this.environment(container!), REGISTRY_HTTP_ADDR: address, ...variables });
    await until('the replica is ready', async () => (await fetch(`http://${address}/`)).status === 200, 10_000, log);
    return `http://${address}`;
  }

  /** Runs crane, logged in. */
  crane(...args: string[]): string {
    const env = { PATH: process.env['PATH']!, DOCKER_CONFIG: join(this.folder, 'home') };
    return execFileSync('crane', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
  }

  /** Pushes an image of one file. @returns the digest of its layer */
  push(name: string, content: string): string {
    const [address] = this.replicas;
    this.crane('auth', 'login', address!, '-u', USER, '-p', PASSWORD);
    writeFileSync(join(this.folder, 'file'), content);
    execFileSync('tar', ['--mtime=@0', '-cf', join(this.folder, 'layer.tar'), '-C', this.folder, 'file']);
    this.crane('append', '--insecure', '-f', join(this.folder, 'layer.tar'), '-t', `${address}/${name}`);
    const manifest = JSON.parse(this.crane('manifest', '--insecure', `${address}/${name}`)) as { layers: { digest: string }[] };
    return manifest.layers[0]!.digest;
  }
}

for (const { image, program, onEmpty } of registries) {
  const test = suite(`${image}, images in a bucket`);
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('versitygw') !== undefined && findProgram('crane') !== undefined;
  const withDeployment = (name: string, redirect: boolean, check: (deployment: BucketDeployment, url: string) => Promise<void>): void =>
    testWith(test, `${program}, versitygw or crane`, tools, name, async () => {
      const deployment = new BucketDeployment(image, path!, await freePort(), redirect);
      try {
        await deployment.start(1);
        await check(deployment, `http://${deployment.replicas[0]}`);
      } finally {
        await deployment.stop();
      }
    });

  withDeployment('pushes, pulls through the registry, deletes, collects, and pushes again', false, async (deployment, url) => {
    const layer = deployment.push('app:1', 'hello');
    const blobs = deployment.blobs.length;
    assert.is(blobs, 3, 'manifest, configuration and layer');
    const { status } = await fetch(`${url}/v2/app/blobs/${layer}`, { headers: login, redirect: 'manual' });
    assert.is(status, 200, 'the registry passes layers on itself');
    assert.match(deployment.crane('export', '--insecure', `${deployment.replicas[0]}/app:1`, '-'), 'hello');

    const digest = deployment.crane('digest', '--insecure', `${deployment.replicas[0]}/app:1`).trim();
    deployment.crane('delete', '--insecure', `${deployment.replicas[0]}/app@${digest}`);
    assert.is(deployment.blobs.length, blobs, 'deleting a manifest leaves the blobs to the collector');
    const { code, output } = deployment.collect();
    assert.is(code, 0, output);
    assert.match(output, `blob eligible for deletion: ${layer}`);
    assert.equal(deployment.blobs, []);
    assert.is((await fetch(`${url}/v2/app/blobs/${layer}`, { headers: login })).status, 404);

    assert.is(deployment.push('app:2', 'hello'), layer);
    assert.match(deployment.crane('export', '--insecure', `${deployment.replicas[0]}/app:2`, '-'), 'hello');
    assert.is(deployment.collect().code, 0);
    assert.is(deployment.blobs.length, blobs, 'what is in use stays');
    assert.ok(deployment.keys.every((key) => key.startsWith('team/a/')), 'nothing outside the root directory');
  });

  withDeployment('sends clients to the bucket where asked to', true, async (deployment, url) => {
    const layer = deployment.push('app:1', 'hello');
    const answer = await fetch(`${url}/v2/app/blobs/${layer}`, { headers: login, redirect: 'manual' });
    assert.is(answer.status, 307);
    const location = answer.headers.get('location')!;
    assert.match(location, new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${BUCKET}/team/a/`), 'the bucket in the path');
    assert.is((await fetch(location)).status, 200, 'the URL lets in without a login');
    assert.match(deployment.crane('export', '--insecure', `${deployment.replicas[0]}/app:1`, '-'), 'hello');
  });

  withDeployment('an empty bucket serves, and is collected as its version does', false, async (deployment) => {
    const { code, output } = deployment.collect();
    assert.is(code, onEmpty.code, output);
    assert.match(output, onEmpty.says);
  });

  withDeployment('refuses writes, and pulls on, while it is read-only', false, async (deployment) => {
    const layer = deployment.push('app:1', 'hello');
    const url = await deployment.startWith({ REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' });
    assert.is((await fetch(`${url}/v2/app/blobs/uploads/`, { method: 'POST', headers: login })).status, 405);
    assert.is((await fetch(`${url}/v2/app/manifests/1`, { method: 'PUT', headers: login, body: '{}' })).status, 405);
    assert.is((await fetch(`${url}/v2/app/manifests/${layer}`, { method: 'DELETE', headers: login })).status, 405);
    assert.is((await fetch(`${url}/v2/app/blobs/${layer}`, { headers: login })).status, 200);
  });

  withDeployment('a key that the service refuses turns / to 503, so the pod leaves the Service', false, async (deployment) => {
    const address = `127.0.0.1:${await freePort()}`;
    const environment = { ...deployment.environment(deployment.pod.containers[0]!), REGISTRY_HTTP_ADDR: address, REGISTRY_STORAGE_S3_SECRETKEY: 'another' };
    deployment.processes.start(path!, ['serve', join(deployment.folder, 'config-0.yml')], environment);
    await until('/ answers 503', async () => (await fetch(`http://${address}/`)).status === 503, 60_000);
  });

  test.run();
}
