/** What Argo CD is told to ignore is what the collector's own program changes, field by field. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Cluster } from '../../generator/collector/cluster.mjs';
import { ownedByCollection } from '../../generator/delivery/collection.js';
import { configOf } from '../support/config.js';
import { withFolder, writeFiles } from '../support/folder.js';

const test = suite('what a collection owns');

interface Sent {
  method: string;
  path: string;
  manager: string | null;
  body: any;
}

/** Lets the collector's program talk to an API server that only takes notes. */
async function sentBy(act: (cluster: Cluster) => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.on('data', (data) => (text += data));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://localhost');
      sent.push({
        method: request.method!,
        path: url.pathname,
        manager: url.searchParams.get('fieldManager'),
        body: JSON.parse(text || '{}'),
      });
      response.end('{"metadata":{"resourceVersion":"2"}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await withFolder(async (account) => {
      writeFiles(account, [
        ['namespace', 'registry'],
        ['token', 'none'],
      ]);
      await act(
        new Cluster({
          api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          account,
          deployment: 'registry',
          container: 'registry',
        }),
      );
    });
  } finally {
    server.close();
  }
  return sent;
}

/** Paths of a patch down to its values; a list's items by their names, as they are merged. */
function pathsOf(value: any, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[${item.name}]`));
  if (typeof value !== 'object' || value === null) return /\[[^\]]+\]\.name$/.test(path) ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, `${path}.${key}`));
}

const [deployment, lock] = ownedByCollection(configOf({}).base);

test('of the Deployment its two variables, and nothing else', async () => {
  const ignored = deployment!.jqPathExpressions!.map((expression) => {
    const [, container, variable] =
      /^\.spec\.template\.spec\.containers\[\] \| select\(\.name == "(\S+)"\) \| \.env\[\]\? \| select\(\.name == "(\S+)"\)$/.exec(
        expression,
      )!;
    return `.spec.template.spec.containers[${container}].env[${variable}]`;
  });
  const sent = await sentBy(async (cluster) => {
    await cluster.setClosed(true);
    await cluster.setClosed(false);
  });
  assert.is(sent.length, 2);
  for (const { method, path, body } of sent) {
    assert.equal([method, path], ['PATCH', `/apis/apps/v1/namespaces/registry/deployments/${deployment!.name}`]);
    assert.equal(
      [...new Set(pathsOf(body).map((one) => one.replace(/\.(value|\$patch)$/, '')))].sort(),
      [...ignored].sort(),
    );
  }
});

test('of the lock its data', async () => {
  const [{ method, path, body }] = (await sentBy((cluster) =>
    cluster.writeConfigMap(lock!.name, { metadata: { resourceVersion: '1' } }, { holder: 'one', renewals: '0' }),
  )) as [Sent];
  assert.equal([method, path], ['PATCH', `/api/v1/namespaces/registry/configmaps/${lock!.name}`]);
  const { metadata, ...fields } = body;
  assert.equal(
    [Object.keys(metadata), Object.keys(fields).map((field) => `/${field}`)],
    [['resourceVersion'], lock!.jsonPointers],
  );
});

test("as a field manager whose fields Flux leaves alone: it takes back what a person's kubectl set", async () => {
  const managers = new Set((await sentBy((cluster) => cluster.setClosed(true))).map(({ manager }) => manager));
  assert.equal([...managers], ['registry-gc']);
});

test.run();
