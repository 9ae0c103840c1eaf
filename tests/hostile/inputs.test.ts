/** What a checkout has in the place of a file is read only where it is a regular file in the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Result, run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { SMALL } from '../support/git.js';

const test = suite('hostile checkout: files');

/** What may stand in the place of a file. The path is a file's that is not there yet. */
const THINGS: Record<string, (path: string, outside: string) => void> = {
  'a named pipe': (path) => execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a link to a named pipe': (path) => {
    execFileSync('mkfifo', [`${path}.pipe`]);
    symlinkSync(`${path}.pipe`, path);
  },
  'a link out of the repository': (path, outside) => symlinkSync(outside, path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a file of a terabyte': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
  },
  'a folder': (path) => mkdirSync(path),
};

/** Runs with a checkout, and a file outside of it with a secret. */
async function withCheckout(check: (checkout: string, outside: string) => void): Promise<void> {
  await withFolder((folder) => {
    const checkout = join(folder, 'checkout');
    mkdirSync(join(checkout, '.git'), { recursive: true });
    writeFiles(folder, [['outside/secret.yaml', 'password: hunter2\n']]);
    check(checkout, join(folder, 'outside/secret.yaml'));
  });
}

function isRefused({ code, out, err }: Result, codes: readonly number[], place: RegExp, what: string): void {
  assert.ok(codes.includes(code!), `${what}: ${code} ${err}`);
  assert.match(err + out, place);
  assert.not.match(err + out, /hunter2|\n {4}at |is a symbolic link, of which git/);
}

for (const [what, make] of Object.entries(THINGS)) {
  test(`registry.yaml that is ${what} is refused at once`, () =>
    withCheckout((checkout, outside) => {
      make(join(checkout, 'registry.yaml'), outside);
      for (const command of ['generate', 'check', 'validate', 'diff', 'explain'])
        isRefused(
          run(checkout, [command, ...(command === 'explain' ? ['replicas'] : [])]),
          [2, 3],
          /registry\.yaml/,
          command,
        );
      assert.not.ok(existsSync(join(checkout, 'base')));
    }));

  test(`a file that registry.yaml names and that is ${what} is refused at once`, () =>
    withCheckout((checkout, outside) => {
      make(join(checkout, 'named.yaml'), outside);
      for (const text of ['defaults: named.yaml\n', 'checks:\n  crds: [named.yaml]\n']) {
        writeFileSync(join(checkout, 'registry.yaml'), text);
        for (const command of ['generate', 'validate'])
          isRefused(run(checkout, [command]), [2], /registry\.yaml:\d+:\d+: .*named\.yaml: /, text);
      }
    }));

  test(`a generated file, or the list of them, that is ${what} is refused at once`, () =>
    withCheckout((checkout, outside) => {
      writeFileSync(join(checkout, 'registry.yaml'), SMALL);
      mkdirSync(join(checkout, 'base'));
      make(join(checkout, 'base/service.yaml'), outside);
      const service = /base\/service\.yaml/;
      for (const command of ['generate', 'check']) isRefused(run(checkout, [command]), [3], service, command);
      make(join(checkout, '.registry-gitops.sha256'), outside);
      isRefused(run(checkout, ['generate']), [3], /\.registry-gitops\.sha256/, 'the list');
    }));

  test(`a manifest that is ${what} ends validate at once`, () =>
    withCheckout((checkout, outside) => {
      mkdirSync(join(checkout, 'app'));
      writeFileSync(join(checkout, 'app/kustomization.yaml'), 'resources: [thing.yaml]\n');
      make(join(checkout, 'app/thing.yaml'), outside);
      isRefused(
        run(checkout, ['validate', 'app'], '', { PATH: '/nowhere' }),
        [1, 2, 3],
        /thing\.yaml|kustomize/,
        'app',
      );
      isRefused(run(checkout, ['validate', 'app/thing.yaml']), [0, 1, 2, 3], /thing\.yaml/, 'the file');
    }));
}

test('a registry of a fleet whose folder is a link out of the repository is not generated', () =>
  withCheckout((checkout, outside) => {
    writeFiles(checkout, [['registries/own/registry.yaml', SMALL]]);
    const elsewhere = join(outside, '..');
    writeFileSync(join(elsewhere, 'registry.yaml'), SMALL);
    symlinkSync(elsewhere, join(checkout, 'registries/linked'));
    const { code, err } = run(checkout, ['generate']);
    assert.is(code, 0);
    assert.match(err, 'registries/linked: warning: it is skipped: a symbolic link may lead out of the repository.');
    const named = run(checkout, ['generate', '--config', 'registries/linked/registry.yaml']);
    isRefused(named, [3], /registries\/linked\/registry\.yaml: this is outside the repository/, 'named');
    assert.equal(readdirSync(elsewhere).sort(), ['registry.yaml', 'secret.yaml']);
  }));

test.run();
