/** `generate` says without looking further that there is nothing to do only where that is so. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, type Result, run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { SMALL } from '../support/git.js';

const test = suite('a settled tree');
const FILE = 'base/deployment.yaml';
/** Longer than a tick of the clock of a file system. */
const TICK = 60;

interface Checkout {
  folder: string;
  generate: (args?: string[], environment?: NodeJS.ProcessEnv) => Result;
  /** @returns what is printed without the program; undefined where that is needed */
  quick: (environment?: NodeJS.ProcessEnv) => string | undefined;
}

/** Runs with a tree of which an earlier run remembers that there is nothing to do. */
async function withSettled(check: (checkout: Checkout) => unknown, text = SMALL): Promise<void> {
  await withFolder(async (home) => {
    const [folder, entry] = [join(home, 'checkout'), join(home, 'dist/registry-gitops.js')];
    for (const path of [folder, join(home, 'dist')]) mkdirSync(path);
    for (const name of ['registry-gitops.js', 'package.json'])
      cpSync(join(PROGRAM, '..', name), join(home, 'dist', name));
    writeFileSync(join(folder, 'registry.yaml'), text);
    const env = { XDG_CACHE_HOME: join(home, 'cache') };
    const generate: Checkout['generate'] = (args = [], environment = {}) =>
      run(folder, ['generate', ...args], '', { ...env, ...environment });
    assert.is(generate().code, 0);
    await sleep(TICK);
    assert.match(generate().out, 'Nothing to do');
    const quick: Checkout['quick'] = (environment) => {
      const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env, ...environment } } as const;
      const { status, stdout } = spawnSync(process.execPath, [entry, 'generate'], options);
      return status === 0 ? stdout : undefined;
    };
    await check({ folder, generate, quick });
  });
}

test('is known without the program, which prints the same', () =>
  withSettled(({ generate, quick }) => {
    const { out, err } = generate(['--no-cache']);
    assert.is(err, '');
    assert.is(quick(), out);
    assert.equal(generate(), { code: 0, out, err });
  }));

/** Changes after which there is something to do, or to refuse. */
const CHANGES: Record<string, (folder: string) => void> = {
  'a file is edited, to the same size and with its old time': (folder) => {
    const path = join(folder, FILE);
    const { atimeMs, mtimeMs } = statSync(path);
    writeFileSync(path, readFileSync(path, 'utf8').replace('replicas: 2', 'replicas: 9'));
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  },
  'a file is removed': (folder) => rmSync(join(folder, FILE)),
  'a folder is removed': (folder) => rmSync(join(folder, 'base'), { recursive: true }),
  'a file is a link to the same text': (folder) => {
    renameSync(join(folder, FILE), join(folder, '../elsewhere'));
    symlinkSync('../../elsewhere', join(folder, FILE));
  },
  'a folder is a link to the same files': (folder) => {
    renameSync(join(folder, 'base'), join(folder, '../elsewhere'));
    symlinkSync('../elsewhere', join(folder, 'base'));
  },
  'the list of generated files is edited': (folder) =>
    appendFileSync(join(folder, '.registry-gitops.sha256'), '# mine\n'),
  'registry.yaml is edited': (folder) => appendFileSync(join(folder, 'registry.yaml'), 'replicas: 3\n'),
  'registry.yaml is gone': (folder) => rmSync(join(folder, 'registry.yaml')),
};
for (const [name, change] of Object.entries(CHANGES)) {
  test(`is none where ${name}`, () =>
    withSettled(({ folder, generate, quick }) => {
      change(folder);
      assert.is(quick(), undefined);
      assert.not.match(generate().out, 'Nothing to do');
    }));
}

/** Changes after which the program has to look, whatever it finds. */
const DOUBTS: Record<string, (folder: string) => void> = {
  'the mode of a file is changed': (folder) => chmodSync(join(folder, FILE), 0o600),
  'a file is copied over itself': (folder) => {
    copyFileSync(join(folder, FILE), join(folder, '../copy'));
    renameSync(join(folder, '../copy'), join(folder, FILE));
  },
  'registry.yaml is a link': (folder) => {
    renameSync(join(folder, 'registry.yaml'), join(folder, 'other.yaml'));
    symlinkSync('other.yaml', join(folder, 'registry.yaml'));
  },
  'the folder becomes a repository': (folder) => mkdirSync(join(folder, '.git')),
  'another run is at work': (folder) => mkdirSync(join(folder, '.registry-gitops.tmp')),
};
for (const [name, change] of Object.entries(DOUBTS)) {
  test(`is looked at where ${name}`, () =>
    withSettled(({ folder, quick }) => {
      change(folder);
      assert.is(quick(), undefined);
    }));
}

test('stays one where a file is added by hand, as without a memory', () =>
  withSettled(({ folder, generate, quick }) => {
    writeFileSync(join(folder, 'base/mine.yaml'), 'kind: ConfigMap\n');
    const { out } = generate(['--no-cache']);
    assert.match(out, 'Nothing to do');
    assert.is(quick(), out);
  }));

test('is none while there is something to warn of: it is printed each time', () =>
  withSettled(({ generate, quick }) => {
    const { err } = generate(['--no-cache']);
    assert.match(err, 'warning');
    assert.is(quick(), undefined);
    assert.is(generate().err, err);
  }, `${SMALL}checks:\n  ignore:\n    registry-auth: Nobody is there.\n`));

test('is none for a registry.yaml that names other files', () =>
  withSettled(async ({ folder, generate, quick }) => {
    writeFileSync(join(folder, 'shared.yaml'), 'drainSeconds: 8\n');
    writeFileSync(join(folder, 'registry.yaml'), `defaults: shared.yaml\n${SMALL}`);
    assert.is(generate().code, 0);
    await sleep(TICK);
    assert.match(generate().out, 'Nothing to do');
    assert.is(quick(), undefined);
  }));

test('is of one folder, of one program, and of the user', () =>
  withSettled(({ folder, quick }) => {
    const cache = join(folder, '../cache/registry-gitops');
    const [name] = readdirSync(cache).filter((entry) => entry.startsWith('settled-'));
    const kept = JSON.parse(readFileSync(join(cache, name!), 'utf8')) as Record<string, unknown>;
    const refused = (changed: object): void => {
      writeFileSync(join(cache, name!), JSON.stringify({ ...kept, ...changed }));
      assert.is(quick(), undefined, JSON.stringify(changed));
    };
    refused({ folder: '/another' });
    refused({ program: 'another' });
    writeFileSync(join(cache, name!), JSON.stringify(kept).slice(0, -9));
    assert.is(quick(), undefined, 'cut off');
    writeFileSync(join(cache, name!), JSON.stringify(kept));
    assert.match(quick()!, 'Nothing to do');
    chmodSync(cache, 0o777);
    assert.is(quick(), undefined, 'others can write to it');
  }));

test('does not answer for other options, nor for those that npm took for itself', () =>
  withSettled(({ generate, quick }) => {
    assert.match(generate(['--json']).out, '"unchanged"');
    assert.match(generate(['--steps']).out, 'kubectl');
    const npm = { npm_lifecycle_event: 'generate', npm_config_cache: '/cache' };
    assert.match(quick(npm)!, 'Nothing to do');
    assert.is(quick({ ...npm, npm_config_dry_run: 'true' }), undefined);
    assert.match(generate([], { ...npm, npm_config_dry_run: 'true' }).err, 'npm took --dry-run for itself');
  }));

test.run();
