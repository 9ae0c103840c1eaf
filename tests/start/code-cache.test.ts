/** Compiled code that is kept changes nothing of what a start does. */
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, type Result, start } from '../support/cli.js';
import { readFiles, withFolder } from '../support/folder.js';
import { SMALL } from '../support/git.js';

const test = suite('start: compiled code');

interface Checkout {
  folder: string;
  cache: string;
  build: (environment?: NodeJS.ProcessEnv) => Result;
  /** @returns paths of the code that is kept */
  kept: () => string[];
}

async function withCheckout(check: (checkout: Checkout) => void): Promise<void> {
  await withFolder((home) => {
    const [folder, cache] = [join(home, 'checkout'), join(home, 'cache/registry-gitops')];
    mkdirSync(folder);
    writeFileSync(join(folder, 'registry.yaml'), SMALL);
    check({
      folder,
      cache,
      build: (environment) =>
        start(folder, ['build', 'base'], '', { XDG_CACHE_HOME: join(home, 'cache'), ...environment }),
      kept: () =>
        readdirSync(cache)
          .filter((name) => name.startsWith('code-'))
          .map((name) => join(cache, name)),
    });
  });
}

test('is kept in the user’s folder, used by the next start, and not in the checkout', () =>
  withCheckout(({ folder, build, kept }) => {
    const first = build();
    assert.is(first.code, 0, first.err);
    const states = (): unknown => kept().map((path) => [path, statSync(path).ino]);
    const before = states();
    assert.ok(kept().length > 5);
    assert.equal(build(), first);
    assert.equal(states(), before, 'it was used, so it was not written again');
    assert.equal(Object.keys(readFiles(folder)), ['registry.yaml']);
  }));

test('that nobody used for a month is removed, which is looked for once a day', () =>
  withCheckout(({ build, cache, kept }) => {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    const add = (name: string, days: number): void => {
      writeFileSync(join(cache, name), '');
      utimesSync(join(cache, name), Date.now() / 1000 - days * 86_400, Date.now() / 1000 - days * 86_400);
    };
    add('code-of-last-week', 7);
    add('code-of-long-ago', 31);
    add('tree-of-long-ago.json', 31);
    add('another', 31);
    build();
    const names = readdirSync(cache);
    assert.ok(names.includes('code-of-last-week'));
    assert.ok(names.includes('another'), 'no start wrote it');
    assert.not(
      names.some((name) => name.includes('long-ago')),
      names.join(),
    );
    add('code-of-long-ago', 31);
    kept().forEach((path) => writeFileSync(path, 'nonsense'));
    build();
    assert.ok(readdirSync(cache).includes('code-of-long-ago'), 'looked for a second ago');
  }));

test('is not kept where the user switches that off', () =>
  withCheckout(({ build, kept }) => {
    assert.is(build({ NODE_DISABLE_COMPILE_CACHE: '1' }).code, 0);
    assert.throws(kept, /ENOENT/);
  }));

test('that is cut off, of another Node or nonsense is made again', () =>
  withCheckout(({ build, kept }) => {
    const first = build();
    for (const [index, path] of kept().entries()) {
      const code = readFileSync(path);
      writeFileSync(
        path,
        [code.subarray(0, code.length / 2), Buffer.alloc(0), Buffer.from('x'.repeat(1000))][index % 3]!,
      );
    }
    const sizes = (): number[] => kept().map((path) => statSync(path).size);
    const broken = sizes();
    assert.equal(build(), first);
    assert.ok(sizes().every((size, index) => size > broken[index]!));
  }));

test('of a part holds for its very text only, and not for one of the same length', () =>
  withCheckout(({ folder, build, kept }) => {
    assert.is(build().code, 0);
    const dist = join(folder, '../dist');
    cpSync(join(PROGRAM, '..'), dist, { recursive: true });
    const text = readFileSync(join(dist, 'main.js'), 'utf8');
    const changed = text.replaceAll('the output cannot be written', 'the output cannot be WRITTEN');
    assert.is.not(changed, text);
    writeFileSync(join(dist, 'main.js'), changed);
    const { stderr } = spawnSync(
      'bash',
      ['-c', '"$1" "$2" build base > /dev/full', 'bash', process.execPath, join(dist, 'registry-gitops.js')],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, XDG_CACHE_HOME: join(folder, '../cache') } },
    );
    assert.match(stderr, 'cannot be WRITTEN');
    assert.ok(kept().length > 5);
  }));

test('is not read in a cache folder that others can write to', () =>
  withCheckout(({ cache, build }) => {
    mkdirSync(cache, { recursive: true });
    spawnSync('chmod', ['777', cache]);
    assert.is(build().code, 0);
    assert.equal(readdirSync(cache), []);
  }));

test.run();
