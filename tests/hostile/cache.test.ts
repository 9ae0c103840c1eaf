/** What a run remembers of a tree is the user's own: a checkout cannot bring it, nor can others put it there. */
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Result, run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { SMALL } from '../support/git.js';

const test = suite('hostile checkout: the cache');
const FILE = 'base/deployment.yaml';

/** Runs with a generated tree, and what a run remembers of it. */
async function withCache(
  check: (checkout: string, cache: string, generate: (cacheHome: string) => Result) => void,
): Promise<void> {
  await withFolder((folder) => {
    const [checkout, home] = [join(folder, 'checkout'), join(folder, 'home')];
    mkdirSync(checkout);
    writeFileSync(join(checkout, 'registry.yaml'), SMALL);
    const generate = (cacheHome: string): Result => run(checkout, ['generate'], '', { XDG_CACHE_HOME: cacheHome });
    assert.is(generate(home).code, 0);
    check(checkout, join(home, 'registry-gitops'), generate);
  });
}

/** Changes a file of the tree, and forges a cache that says that the file was read and is what it should be. */
function tamper(checkout: string, cache: string): void {
  const file = join(checkout, FILE);
  const wanted = readFileSync(file, 'utf8');
  writeFileSync(file, wanted.replace('replicas: 2', 'replicas: 9'));
  const { size, ino, mtimeMs, ctimeMs } = statSync(file);
  const name = readdirSync(cache).find((entry) => entry.startsWith('tree-'));
  const [head, text] = readFileSync(join(cache, name!), 'utf8').split('\n');
  const kept = JSON.parse(text!) as { files: Record<string, unknown[]> };
  kept.files[FILE] = [size, ino, mtimeMs, ctimeMs, Date.now() + 3_600_000, sha256(wanted)];
  const forged = JSON.stringify(kept);
  writeFileSync(join(cache, name!), `${head!.split(' ')[0]} ${sha256(forged)}\n${forged}`);
}

test('a cache is what this is about: the forged one is believed where the user has it', () =>
  withCache((checkout, cache, generate) => {
    tamper(checkout, cache);
    assert.match(generate(join(cache, '..')).out, 'Nothing to do');
  }));

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isMended(checkout: string, { code, out }: Result): void {
  assert.is(code, 0);
  assert.match(out, `~ ${FILE}`);
  assert.match(readFileSync(join(checkout, FILE), 'utf8'), 'replicas: 2');
}

test('a cache in the node_modules of a checkout is not read', () =>
  withCache((checkout, cache, generate) => {
    tamper(checkout, cache);
    cpSync(cache, join(checkout, 'node_modules/.cache/registry-gitops'), { recursive: true });
    isMended(checkout, generate(join(checkout, '../other')));
    assert.equal(readdirSync(join(checkout, 'node_modules/.cache/registry-gitops')), readdirSync(cache), 'nor written');
  }));

test('a cache folder that others can write to, or that is a link, is not used', () =>
  withCache((checkout, cache, generate) => {
    const home = join(checkout, '../open');
    mkdirSync(join(home, 'registry-gitops'), { recursive: true });
    chmodSync(join(home, 'registry-gitops'), 0o777);
    assert.is(generate(home).code, 0);
    assert.equal(readdirSync(join(home, 'registry-gitops')), []);
    const linked = join(checkout, '../linked');
    mkdirSync(linked);
    symlinkSync(cache, join(linked, 'registry-gitops'));
    tamper(checkout, cache);
    isMended(checkout, generate(linked));
  }));

test('without a folder for it there is no cache, and nothing else changes', () =>
  withCache((checkout, _, generate) => {
    assert.match(generate('/proc/nowhere').out, 'Nothing to do');
    assert.match(generate('relative').out, 'Nothing to do');
    assert.not.ok(existsSync(join(checkout, 'relative')));
  }));

test.run();
