/** A folder that the collector makes in a bucket is one for the real registries, and disturbs nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { digestOf, INDEX } from '../../support/cluster/client.js';
import { freePort, Processes, until } from '../../support/processes.js';
import { findProgram } from '../../support/tools.js';
import { BUCKET, KEYS, ROOT } from './bucket.js';
import { type Opened, testWithBucket } from './collector-bucket.js';

const test = suite('collector, folders in a bucket');

for (const program of ['docker-registry', 'registry']) {
  const name = `${program} takes a folder that was made for one, and for nothing else`;
  const check = async ({ bucket, gateway, write }: Opened): Promise<void> => {
    const processes = new Processes();
    try {
      const address = `127.0.0.1:${await freePort()}`;
      const config = join(gateway.folder, 'config.yml');
      writeFileSync(config, configOf(address, gateway.endpoint));
      const start = (...args: string[]) =>
        processes.start(findProgram(program)!, [...args, config], { OTEL_TRACES_EXPORTER: 'none' });
      const { log } = start('serve');
      const app = `http://${address}/v2/app`;
      await until('the registry answers', async () => (await fetch(`http://${address}/v2/`)).ok, 10_000, log);
      // An index of nothing leaves a repository without layers, which 2.8 does not see: its collector would remove the index.
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
      const headers = { 'content-type': INDEX, accept: INDEX };
      assert.is((await fetch(`${app}/manifests/1`, { method: 'PUT', body, headers })).status, 201);
      assert.equal(await bucket.folders('repositories/app'), ['_manifests']);

      await bucket.makeFolder('repositories/app/_layers');
      await bucket.makeFolder('repositories/app/_layers');
      assert.equal(await bucket.folders('repositories/app'), ['_layers', '_manifests']);
      assert.equal(await bucket.folders('repositories/app/_layers'), []);
      assert.equal(await bucket.links('repositories/app/_layers/sha256', 'link'), []);
      assert.equal(await (await fetch(`http://${address}/v2/_catalog`)).json(), { repositories: ['app'] });

      const garbage = digestOf('garbage');
      const [, digits] = garbage.split(':') as [string, string];
      await write([`blobs/sha256/${digits.slice(0, 2)}/${digits}/data`], 'garbage');
      const dry = start('garbage-collect', '--dry-run');
      assert.is(await dry.exited, 0, dry.log());
      assert.match(dry.log(), `app: marking manifest ${digestOf(body)}`);
      assert.equal(dry.log().match(/eligible for deletion: .*/g), [`eligible for deletion: ${garbage}`]);
      const before = gateway.keys;
      const real = start('garbage-collect');
      assert.is(await real.exited, 0, real.log());
      assert.equal(
        gateway.keys,
        before.filter((key) => !key.endsWith(`${digits}/data`)),
      );

      assert.is((await fetch(`${app}/manifests/1`, { headers })).status, 200);
      const upload = await fetch(`${app}/blobs/uploads/?digest=${garbage}`, { method: 'POST' });
      const place = new URL(upload.headers.get('location')!, app);
      place.searchParams.set('digest', garbage);
      const type = { 'content-type': 'application/octet-stream' };
      assert.is((await fetch(place, { method: 'PUT', body: 'garbage', headers: type })).status, 201);
      assert.equal(
        (await bucket.links('repositories/app/_layers/sha256', 'link')).map(({ name }) => name),
        [digits],
      );
      assert.is(await (await fetch(`${app}/blobs/${garbage}`)).text(), 'garbage');
      assert.not.match(log(), /level=(error|fatal)|panic/);
    } finally {
      await processes.stop();
    }
  };
  testWithBucket(test, name, check, program);
}

function configOf(address: string, endpoint: string): string {
  const [accesskey, secretkey] = Object.values(KEYS);
  const s3 = {
    accesskey,
    secretkey,
    region: 'us-east-1',
    regionendpoint: endpoint,
    bucket: BUCKET,
    rootdirectory: ROOT,
    secure: false,
    forcepathstyle: true,
  };
  const http = { addr: address, secret: 'of the uploads' };
  return JSON.stringify({ version: 0.1, log: { level: 'warn' }, storage: { s3, delete: { enabled: true } }, http });
}

test.run();
