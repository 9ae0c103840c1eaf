/** Every registry.yaml that the documentation shows, and that needs no cloud, is ready on a real node as it is generated. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { merge } from '../../../generator/config/index.js';
import { isRegistryYaml } from '../../docs/generated.js';
import { readPages, type Snippet } from '../../docs/pages.js';
import { run } from '../../support/cli.js';
import { defaultImages } from '../../../scripts/cluster/names.js';
import { definitionOf } from '../../support/node/kinds.js';
import { hasNode, NodeRegistry, onNode } from '../../support/node/registry.js';
import { growingClass, startDriver, startLocalPath } from '../../support/node/volumes.js';
import { shipped } from '../../support/config.js';
import { withFolder, writeFiles } from '../../support/folder.js';
import { prepare } from '../../support/hooks.js';

type Fields = Record<string, any>;

const test = suite('examples of the documentation on a real node');
const check = onNode(test);

/** Page, and a word of a snippet of it -> why it is not run here. */
const LEFT_OUT: [page: string, word: string, reason: string][] = [
  ['docs/how-to/bucket.md', 'type: s3', 'a bucket: `npm run e2e:registry` drives one'],
  ['docs/how-to/uninstall.md', 'driver: filestore.csi.storage.gke.io', "the driver is Google's"],
  ['docs/how-to/volume.md', 'server: nfs.example.com', 'an NFS server, which the kernel of a test machine may lack'],
  ['docs/start/laptop.md', 'laptop:', 'laptop.test.ts does the page step by step'],
];

const snippets = readPages()
  .flatMap((page) => page.snippets)
  .filter((snippet) => !snippet.unchecked && isRegistryYaml(snippet));
const isLeftOut = ({ page, text }: Snippet): boolean =>
  LEFT_OUT.some(([path, word]) => page === path && text.includes(word));
const examples = snippets.filter((snippet) => !isLeftOut(snippet));

let registry: NodeRegistry;

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.startEmpty();
  await startDriver(registry.node);
  startLocalPath(registry.node, defaultImages().get('redis.image')!);
  registry.node.apply([
    ...['standard-rwx', 'standard-rwo'].map(growingClass),
    definitionOf({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor' }),
  ]);
});
test.after(() => registry?.stop());

test('what is left out is in the documentation', () => {
  for (const [path, word] of LEFT_OUT)
    assert.is(snippets.filter(({ page, text }) => page === path && text.includes(word)).length, 1, `${path}: ${word}`);
});

/** @returns the overlays that a snippet names, or the base, as a change of the shipped registry.yaml, in a namespace of its own */
function variantsOf({ text }: Snippet, namespace: string): { yaml: string; paths: string[] } {
  const own = parse(text) as Fields;
  const config = merge(merge(parse(shipped) as Fields, own), { namespace });
  const overlays = Object.keys(own['overlays'] ?? {});
  return {
    yaml: stringify(config),
    paths: overlays.length > 0 ? overlays.map((name) => join('overlays', name)) : ['base'],
  };
}

/** Applies a folder, and waits until all its workloads are as their specification. */
function isReady(folder: string, namespace: string): void {
  registry.node.must('apply', '--kustomize', folder);
  const inNamespace = (...args: string[]): string => registry.node.must('--namespace', namespace, ...args);
  const workloads = inNamespace('get', 'deployments,statefulsets', '--output=name').trim().split('\n');
  try {
    for (const workload of workloads) inNamespace('rollout', 'status', workload, '--timeout=120s');
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${inNamespace('get', 'events')}`, { cause: error });
  }
}

for (const [index, snippet] of examples.entries()) {
  const namespace = `example-${index}`;
  check(`${snippet.page}:${snippet.line} is ready`, () =>
    withFolder((folder) => {
      const { yaml, paths } = variantsOf(snippet, namespace);
      writeFiles(folder, [['registry.yaml', yaml]]);
      const { code, err } = run(folder, ['generate']);
      assert.is(code, 0, err);
      registry.node.must('apply', '--filename', join(folder, 'base/namespace.yaml'));
      registry.node.apply([{ ...registry.secret(), metadata: { name: 'registry-secrets', namespace } }]);
      for (const path of paths) isReady(join(folder, path), namespace);
      registry.node.must('delete', 'namespace', namespace, '--wait=false');
    }),
  );
}

test.run();
