/** Collections by the collector's program, which asks the registry's own and lets it remove nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collector, CONFIG, registry, reported } from './judged.js';

const test = suite('a collection by the program');
const DELETES = CONFIG.replace('    http:', '      delete: { enabled: true }\n    http:');

/** @returns a registry whose garbage is collected with these arguments. */
const withProgram = (args: string[], config = DELETES): string =>
  registry({
    config,
    more: collector().replace(
      'args: [garbage-collect, /etc/distribution/config.yml]',
      `command: [node, --use-openssl-ca, /collector/main.mjs]\n              args: ${JSON.stringify(args)}`,
    ),
  });
const OWN = ['/tools/registry', 'garbage-collect', '--dry-run', '/etc/distribution/config.yml'];
const COLLECT = ['collect', '--deployment', 'registry', '--lock', 'lock', '--volume', '/data', '--delete-untagged'];

test('asks the registry as a dry run, and is none', async () => {
  assert.equal(await reported('gc-flags', withProgram([...COLLECT, '--', ...OWN])), []);
  assert.equal(await reported('gc-writes', withProgram([...COLLECT, '--', ...OWN])), []);
  const other = COLLECT.map((word) => (word === 'registry' ? 'other' : word));
  assert.match((await reported('gc-writes', withProgram([...other, '--', ...OWN]))).join(), 'takes pushes');
  assert.ok((await reported('gc-protocol', withProgram([...COLLECT, '--', ...OWN]))).length > 0);
});

test('must not let the registry remove something', async () => {
  const plain = OWN.filter((word) => word !== '--dry-run');
  assert.match((await reported('gc-flags', withProgram([...COLLECT, '--', ...plain]))).join(), 'by sha512');
  assert.match(
    (await reported('gc-flags', withProgram([...COLLECT, '--', ...plain.toSpliced(2, 0, '-m')]))).join(),
    "the registry's own collector would delete parts of tagged multi-arch images",
  );
});

test('empties every cache', async () => {
  const cached = DELETES.replace('delete:', 'cache: { blobdescriptor: redis }\n      delete:').replace(
    '    http:',
    '    redis: { addrs: ["redis:6379"] }\n    http:',
  );
  assert.match((await reported('gc-cache', withProgram([...COLLECT, '--', ...OWN], cached))).join(), 'redis:6379');
  assert.equal(
    await reported('gc-cache', withProgram([...COLLECT, '--redis', 'redis:6379', '--', ...OWN], cached)),
    [],
  );
});

test('finds garbage with deletion off too', async () => {
  assert.equal(await reported('gc-flags', withProgram([...COLLECT, '--', ...OWN], CONFIG)), []);
});

test('needs nothing where it only surveys', async () => {
  const text = withProgram(['survey', '--volume', '/data', '--delete-untagged', '--', ...OWN], CONFIG);
  for (const rule of ['gc-flags', 'gc-writes', 'gc-cache', 'gc-protocol'])
    assert.equal(await reported(rule, text), [], rule);
});

test.run();
