/** Commits that nothing may lose: many at once, killed at any moment, on a full disk. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFolder } from '../support/folder.js';
import { commit, git, GIT_ENV, put, SMALL, stateOf } from '../support/git.js';
import { testWith } from '../support/tools.js';

const test = suite('commits that nothing may lose');
const ENV = { ...process.env, ...GIT_ENV };
const NAMES = Array.from({ length: 8 }, (_, index) => `w${index}`);
/** Lines between two fields: git merges what is not side by side. */
const REGISTRY = NAMES.map((name) => `${name}: 0\n#\n#\n#\n`).join('');

/** Bundles what commits. @returns its file */
function bundled(folder: string): string {
  const outfile = join(folder, 'committer.mjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, '../support/committer.ts')],
    outfile,
    bundle: true,
    splitting: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
}

function start(args: string[]): { done: Promise<{ code: number | null; err: string }>; kill: () => void } {
  const child = spawn(process.execPath, args, { env: ENV, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (data) => (err += data));
  return {
    done: new Promise((resolve) => child.on('close', (code) => resolve({ code, err }))),
    kill: () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It was faster.
      }
    },
  };
}

function counts(text: string): number[] {
  return [...text.matchAll(/^w\d: (\d+)$/gm)].map(([, count]) => Number(count));
}

/** Commits that eight processes push: all 200 of them by night. */
const PUSHED = process.env['SOAK'] === 'true' ? 200 : 40;

test(`8 processes push ${PUSHED} commits to one branch: each is there, and each tree is up to date with its registry.yaml`, () =>
  withFolder(async (folder) => {
    const program = bundled(folder);
    const [remote, first] = [join(folder, 'remote.git'), join(folder, 'first')];
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    git(folder, 'clone', '--quiet', remote, first);
    git(first, 'checkout', '--quiet', '-B', 'main');
    put(first, 'registry.yaml', REGISTRY);
    git(first, 'add', '.');
    git(first, 'commit', '--quiet', '--message', 'first');
    git(first, 'push', '--quiet', 'origin', 'main');
    const each = PUSHED / NAMES.length;
    const results = await Promise.all(
      NAMES.map((name) => {
        git(folder, 'clone', '--quiet', remote, join(folder, name));
        put(join(folder, name), 'dirty', name);
        return start([program, join(folder, name), name, String(each), 'push']).done;
      }),
    );
    assert.equal(results.map(({ err }) => err).join(''), '');
    assert.is(git(remote, 'rev-list', '--count', 'main'), String(1 + PUSHED));
    assert.equal(
      counts(git(remote, 'show', 'main:registry.yaml')),
      NAMES.map(() => each),
    );
    for (const id of git(remote, 'rev-list', 'main^{/goes on}', '-30').split('\n'))
      assert.is(git(remote, 'show', `${id}:base/all.yaml`), git(remote, 'show', `${id}:registry.yaml`).toUpperCase());
    assert.is(git(remote, 'rev-list', '--merges', '--count', 'main'), '0');
    for (const name of NAMES)
      assert.equal(
        [git(join(folder, name), 'status', '--porcelain'), readFileSync(join(folder, name, 'dirty'), 'utf8')],
        ['?? dirty', name],
      );
    git(remote, 'fsck', '--strict');
  }));

test("4 processes in one working tree, beside a user who commits: each commit is there, and nothing of the user's in them", () =>
  withFolder(async (folder) => {
    const program = bundled(folder);
    const tree = join(folder, 'tree');
    git(folder, 'init', '--quiet', '--initial-branch=main', tree);
    for (const name of NAMES.slice(0, 4)) put(tree, `${name}/registry.yaml`, `${name}: 0\n`);
    git(tree, 'add', '.');
    git(tree, 'commit', '--quiet', '--message', 'first');
    const runs = NAMES.slice(0, 4).map((name) => start([program, tree, name, '8']));
    let running = true;
    const all = Promise.all(runs.map(({ done }) => done)).finally(() => (running = false));
    let own = 0;
    while (running) {
      put(tree, 'user', String(own));
      // Another git may have the index just then.
      const { status } = spawnSync('sh', ['-c', 'git add user && git commit --quiet --message user'], {
        cwd: tree,
        env: ENV,
      });
      if (status === 0) own++;
      await sleep(700);
    }
    assert.equal(
      (await all).map(({ code, err }) => `${code}${err}`),
      ['0', '0', '0', '0'],
    );
    assert.is(git(tree, 'rev-list', '--count', 'main'), String(1 + 32 + own));
    for (const name of NAMES.slice(0, 4))
      assert.is(git(tree, 'show', `main:${name}/base/all.yaml`), `${name.toUpperCase()}: 8`);
    for (const id of git(tree, 'log', '--grep=goes on', '--format=%H').split('\n'))
      assert.not.match(git(tree, 'show', '--format=', '--name-only', id), 'user');
    assert.ok(own > 0);
    git(tree, 'fsck', '--strict');
  }));

/** Moments at which it is killed. */
const KILLS = process.env['SOAK'] === 'true' ? 100 : 30;

test(`killed at ${KILLS} moments: the commit is there or not, what is staged stays so, no lock is left, and the next run succeeds`, () =>
  withFolder(async (folder) => {
    const program = bundled(folder);
    const [remote, tree] = [join(folder, 'remote.git'), join(folder, 'tree')];
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    git(folder, 'init', '--quiet', '--initial-branch=main', tree);
    put(tree, 'registry.yaml', REGISTRY);
    put(tree, 'w0/registry.yaml', 'w0: 0\n');
    git(tree, 'add', '.');
    git(tree, 'commit', '--quiet', '--message', 'first');
    git(tree, 'remote', 'add', 'origin', remote);
    git(tree, 'push', '--quiet', '--set-upstream', 'origin', 'main');
    // A remote's own processes are on another machine, and no kill here ends them.
    git(tree, 'config', 'remote.origin.receivepack', 'setsid --wait git-receive-pack');
    put(tree, 'staged', 'staged\n');
    git(tree, 'add', 'staged');
    put(tree, 'staged', 'dirty\n');
    const mine = git(tree, 'ls-files', '--stage', 'staged');
    const seen = { old: 0, new: 0 };
    let duration = 500;
    for (let round = 0; round < KILLS; round++) {
      const args = [program, tree, 'w0', '1', ...(round % 2 ? ['push'] : [])];
      const before = git(tree, 'rev-parse', 'main');
      const run = start(args);
      await Promise.race([sleep(Math.random() * duration * 1.1), run.done]);
      run.kill();
      await run.done;
      // What moves the branch or the index is out of reach of the kill, and has milliseconds to go.
      for (let waited = 0; waited < 5000 && existsSync(join(tree, '.git/index.lock')); waited += 5) await sleep(5);
      await sleep(30);
      const after = git(tree, 'rev-parse', 'main');
      assert.ok(after === before || git(tree, 'rev-parse', `${after}^`) === before, `round ${round}`);
      seen[after === before ? 'old' : 'new']++;
      assert.is(git(tree, 'ls-files', '--stage', 'staged'), mine, `round ${round}`);
      git(tree, 'fsck', '--connectivity-only');
      const began = performance.now();
      const { code, err } = await start(args).done;
      assert.equal([code, err], [0, ''], `round ${round}`);
      duration = performance.now() - began;
      assert.is(git(tree, 'status', '--porcelain'), 'AM staged', `round ${round}`);
      const left = readdirSync(join(tree, '.git'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.lock'),
      );
      assert.equal([left, readdirSync(join(tree, '.git/registry-gitops'))], [[], []], `round ${round}`);
    }
    assert.ok(seen.old > 0 && seen.new > 0, JSON.stringify(seen));
    assert.is(git(tree, 'rev-list', '--count', 'main', '--', 'staged'), '0');
    git(tree, 'fsck', '--strict');
  }));

/** A small disk of its own. @returns undefined where it cannot be had */
function mounted(folder: string): (() => void) | undefined {
  mkdirSync(folder, { recursive: true });
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'ignore' }).status !== 0)
    return undefined;
  return () => void spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
}

const canMount = await withFolder((folder) => {
  const unmount = mounted(join(folder, 'disk'));
  unmount?.();
  return unmount !== undefined;
});

testWith(
  test,
  'the right to mount',
  canMount,
  'a full disk leaves branch and index as they were, says so, and the next run with room succeeds',
  () =>
    withFolder((folder) => {
      const disk = join(folder, 'disk');
      const unmount = mounted(disk)!;
      try {
        const tree = join(disk, 'tree');
        mkdirSync(tree);
        git(tree, 'init', '--quiet', '--initial-branch=main');
        put(tree, 'registry.yaml', SMALL);
        assert.is(commit(tree).code, 0);
        const outcomes = { full: 0, enough: 0 };
        for (const [index, room] of [0, 4, 16, 32, 64, 96, 128].entries()) {
          put(tree, 'registry.yaml', SMALL.replace('replicas: 2', `replicas: ${index + 3}`));
          fill(disk, room * 1024);
          const before = stateOf(tree);
          const { code, err } = commit(tree);
          if (code === 0) outcomes.enough++;
          else {
            outcomes.full++;
            assert.is(stateOf(tree), before, `${room} KiB: ${err}`);
            assert.is(code, 3, err);
            assert.match(err, /space|written|No space/i);
            assert.not.match(err, /a fault of this program|\n\s+at /);
          }
          rmSync(join(disk, 'ballast'));
          assert.equal([commit(tree).code, git(tree, 'status', '--porcelain')], [0, ''], `${room} KiB`);
          git(tree, 'fsck', '--strict');
        }
        assert.ok(outcomes.full > 0, JSON.stringify(outcomes));
      } finally {
        unmount();
      }
    }),
);

/** Leaves so many bytes of a disk. */
function fill(disk: string, room: number): void {
  const free = Number(spawnSync('df', ['--output=avail', '-B1', disk], { encoding: 'utf8' }).stdout.split('\n')[1]);
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(Math.max(0, free - room)));
}

test.run();
