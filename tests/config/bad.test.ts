import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readBeside } from '../../generator/cli/shared/input.js';
import { bytesOf, problemsOf } from '../support/config.js';

const test = suite('a bad registry.yaml is reported exactly');
const folder = join(import.meta.dirname, 'bad');
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const reported = (name: string): Promise<string> =>
  problemsOf(readFileSync(join(folder, name)), readBeside(join(folder, name)));

for (const name of names) {
  test(name.replace('.yaml', ''), async () => {
    const expected = readFileSync(join(folder, name.replace('.yaml', '.expected')), 'utf8');
    assert.is(`${await reported(name)}\n`, expected);
  });
}

test('there are at least 60 of them', () => {
  assert.ok(names.length >= 60);
});

test('every problem names file, line and column', async () => {
  for (const name of names) {
    for (const line of (await reported(name)).split('\n')) {
      assert.match(line, /^(registry|shared\/\w+)\.yaml:[1-9]\d*:[1-9]\d*: \S/);
    }
  }
});

test('a file of 100 MB', async () => {
  const bytes = new Uint8Array(100 * 1024 * 1024).fill(0x61);
  assert.is(
    await problemsOf(bytes),
    'registry.yaml:1:1: the file has 104857600 bytes, more than the maximum of 1048576; is it the right file?',
  );
});

test('a binary file', async () => {
  const expected = 'registry.yaml:1:1: the file is not UTF-8 text; is it the right file?';
  assert.is(await problemsOf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0x02, 0x00, 0xc3)), expected);
  assert.is(await problemsOf(bytesOf('name: a\0b\n')), expected);
});

test('a file in UTF-16', async () => {
  assert.is(
    await problemsOf(Buffer.from('\ufeffname: registry\n', 'utf16le')),
    'registry.yaml:1:1: the file is UTF-16; save it as UTF-8',
  );
});

test('brackets without end do not overflow the stack', async () => {
  for (const text of ['['.repeat(100_000), '{a: '.repeat(50_000), `${'- '.repeat(100_000)}x`]) {
    assert.match(await problemsOf(text), /^registry\.yaml:\d+:\d+: /);
  }
});

test('line and column count past a byte order mark, CRLF and non-ASCII text', async () => {
  assert.is(
    await problemsOf('\ufeff# é\r\nname: registry\r\nreplica: 2\r\n'),
    'registry.yaml:3:1: replica: unknown field "replica"; did you mean "replicas"?',
  );
});

test('an unknown field that is near no other is reported with three that there are, where it exists, and the page with all', async () => {
  const page = 'docs/reference/registry-yaml.md';
  assert.ok(existsSync(page));
  assert.is(
    await problemsOf('redis:\n  kind: statefulset\n'),
    `registry.yaml:2:3: redis.kind: unknown field "kind"; the nearest here are replicas, failover and type; ${page} lists all fields`,
  );
  assert.match(await problemsOf('memory: 1Gi\n'), 'it exists as resources.memory or redis.memory; ');
  assert.match(await problemsOf('auth:\n  users: [a]\n'), 'the fields here are type and realm; ');
  assert.match(await problemsOf(`${'x'.repeat(1000)}: 1\n`), page);
});

test('field names that JavaScript objects have are unknown fields like others', async () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.match(await problemsOf(`${name}: {}\n`), `unknown field "${name}"`);
  }
});

test.run();
