/** What a checkout names and holds is shown, and no terminal or log obeys it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { commit, put, SMALL, withRepository } from '../support/git.js';

const test = suite('hostile checkout: terminal');

/** Clears the screen, sets the title of the window, goes back to the start of the line, and turns the direction of text. */
const HOSTILE = '\u001B[2J\u001B]0;x\u0007\r\u202E';
const OBEYED = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202E]/;

/** Runs a command that names or shows what is hostile, and shows it written out. */
function isShown(folder: string, args: string[], shown: RegExp): void {
  const { out, err } = args[0] === 'commit' ? commit(folder, args.slice(1)) : run(folder, args);
  assert.match(out + err, shown, args.join(' '));
  assert.not.match(out + err, OBEYED, args.join(' '));
}

test('the command line', () =>
  withFolder((folder) => {
    for (const args of [
      [HOSTILE],
      ['generate', `--${HOSTILE}`],
      ['generate', '--config', HOSTILE],
      ['validate', HOSTILE],
    ])
      isShown(folder, args, /\\x1b\[2J/);
  }));

test('fields and values of registry.yaml', () =>
  withFolder((folder) => {
    const quoted = '"\\e[2J"';
    for (const text of [
      `${quoted}: 1\n`,
      `host: ${quoted}\n`,
      `name: [\n# ${HOSTILE}`,
      `overlays:\n  ${quoted}: {}\n`,
    ]) {
      put(folder, 'registry.yaml', text);
      for (const command of ['generate', 'check', 'diff', 'explain', 'validate', 'commit'])
        assert.not.match(Object.values(run(folder, [command])).join(''), OBEYED, `${command}: ${text}`);
    }
    put(folder, 'registry.yaml', `${SMALL}checks:\n  ignore:\n    latest-image: "because \\e[2J"\n`);
    for (const args of [['generate'], ['explain', 'checks.ignore'], ['explain'], ['check']])
      assert.not.match(Object.values(run(folder, args)).join(''), OBEYED, args.join(' '));
  }));

test('names and contents of manifests', () =>
  withFolder((folder) => {
    put(folder, `m/a${HOSTILE}.yaml`, 'apiVersion: v1\nkind: Service\nmetadata: {name: "\\e[2J"}\nspec: {porst: 1}\n');
    put(folder, `m/b${HOSTILE}.yaml`, 'a: [\n');
    for (const format of ['text', 'json', 'sarif', 'github']) {
      const { out, err } = run(folder, ['validate', 'm', '--format', format]);
      assert.match(out, /porst/);
      assert.not.match(out + err, /[\u0000-\u0008\u000B-\u001F]/, format);
    }
    isShown(folder, ['validate', 'm'], /a\\x1b\[2J\\x1b\]0;x\\x07\\x0d\\u202e\.yaml:4:/);
  }));

test(
  'generated files that were edited, what stands in their way, and a list of files that was forged',
  withRepository((folder) => {
    put(folder, 'base/service.yaml', `x: ${HOSTILE}\n`);
    isShown(folder, ['check'], /x: \\x1b\[2J/);
    isShown(folder, ['diff'], /./);
    isShown(folder, ['validate', 'base'], /./);
    put(folder, '.registry-gitops.sha256', `${'0'.repeat(64)}  base/${HOSTILE.replaceAll('\r', '')}.yaml\n`);
    put(folder, `base/${HOSTILE.replaceAll('\r', '')}.yaml`, 'mine\n');
    for (const command of ['check', 'generate', 'commit', 'diff']) isShown(folder, [command], /./);
  }),
);

test(
  'overlays of a tree, names of a fleet, and what git calls them',
  withRepository(
    (folder) => {
      put(folder, `registries/b${HOSTILE}/registry.yaml`, 'name: [\n');
      put(folder, `registries/c${HOSTILE}/registry.yml`, 'name: c\n');
      for (const command of ['generate', 'check', 'diff', 'commit']) isShown(folder, [command], /\\x1b\[2J/);
    },
    { 'registries/a/registry.yaml': 'name: a\n' },
  ),
);

test.run();
