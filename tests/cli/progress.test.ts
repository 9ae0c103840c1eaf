/** Long work shows how far it is: on a terminal, in one line that is gone in the end, and nowhere else. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Progress } from '../../generator/cli/shared/progress.js';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { GIT_ENV, put, SMALL, withRemote } from '../support/git.js';
import { runOnTerminal, SCRIPT, scriptOnTerminal } from '../support/terminal.js';
import { testWith } from '../support/tools.js';

const test = suite('progress');
const ERASE = '\r\u001B[K';
/** Enough for a run that is not over before the line is shown. */
const OVERLAYS = 200;
const MANY = `overlays:\n${Array.from({ length: OVERLAYS }, (_, index) => `  o${index}: { replicas: ${2 + (index % 7)} }\n`).join('')}`;

/** A terminal that keeps what it gets. */
function terminal(
  isTTY: boolean | undefined,
  columns = 80,
): { isTTY: boolean | undefined; columns: number; got: string[]; write(text: string): void } {
  const got: string[] = [];
  return { isTTY, columns, got, write: (text) => void got.push(text) };
}

/** @returns what a terminal shows in the end: each line as it was written last. */
function shownIn(screen: string): string[] {
  return screen.split(/\r?\n/).map((line) => line.split(ERASE).at(-1)!);
}

function withTerm(term: string, check: () => void): void {
  const before = process.env['TERM'];
  process.env['TERM'] = term;
  try {
    check();
  } finally {
    if (before === undefined) delete process.env['TERM'];
    else process.env['TERM'] = before;
  }
}

test('one line is written again, at most ten times a second, and not for what is over soon', () =>
  withTerm('xterm', () => {
    const screen = terminal(true);
    let now = 0;
    const progress = new Progress(screen, () => now);
    for (; now < 1000; now += 10) progress.count(() => `at ${now}`);
    assert.equal(screen.got, [`${ERASE}at 700`, `${ERASE}at 800`, `${ERASE}at 900`]);
    progress.step('waiting');
    assert.is(screen.got.at(-1), `${ERASE}waiting`);
    progress.clear();
    progress.clear();
    assert.equal(screen.got.slice(-2), [`${ERASE}waiting`, ERASE], 'taken away once');
  }));

test('a line is never broken, as a broken one could not be taken away', () =>
  withTerm('xterm', () => {
    const screen = terminal(true, 20);
    new Progress(screen).step('a name that is longer than the terminal');
    assert.equal(screen.got, [`${ERASE}a name that is long`]);
  }));

test('no terminal, or one that can do nothing, gets nothing', () => {
  for (const [isTTY, term] of [
    [undefined, 'xterm'],
    [false, 'xterm'],
    [true, 'dumb'],
  ] as const)
    withTerm(term, () => {
      const screen = terminal(isTTY);
      const progress = new Progress(screen, () => 5000);
      progress.count(() => 'x');
      progress.step('x');
      progress.clear();
      assert.equal(screen.got, []);
    });
});

testWith(
  test,
  'script',
  SCRIPT !== undefined,
  'commands about many overlays count them, and of a fleet name the registry, and leave nothing of it',
  () =>
    withFolder((folder) => {
      const [b, cache] = ['registries/b', { XDG_CACHE_HOME: join(folder, 'cache') }];
      writeFiles(folder, [
        ['registries/a/registry.yaml', 'name: a\n'],
        [`${b}/registry.yaml`, `name: b\n${MANY}`],
      ]);
      for (const [place, command, before] of [
        ['', 'generate', '2 of 2 registries: registries/b/'],
        [b, 'check', ''],
        [b, 'validate base', ''],
      ] as const) {
        const { code, screen } = runOnTerminal(join(folder, place), command, cache);
        assert.is(code, 0, screen);
        assert.match(
          screen,
          new RegExp(`\\r\\u001B\\[K${before}registry\\.yaml: \\d+ of ${OVERLAYS + 1} layers`),
          command,
        );
        assert.not.ok(
          shownIn(screen).some((line) => line.includes(` of ${OVERLAYS + 1} layers`)),
          command,
        );
      }
      const { out, err } = run(join(folder, b), ['check'], '', cache);
      assert.is(`${out}${err}`.includes('\u001B[K'), false, 'a pipe gets none');
    }),
);

testWith(
  test,
  'script',
  SCRIPT !== undefined,
  'a push says what it waits for, and takes that away before anything else is printed',
  withRemote((one) => {
    put(one, 'registry.yaml', SMALL.replace('3.0.0', '3.1.0'));
    const { code, screen } = runOnTerminal(one, 'commit --push', GIT_ENV);
    assert.is(code, 0, screen);
    assert.match(screen, `${ERASE}pushing to origin/main${ERASE}`);
    assert.not.ok(shownIn(screen).some((line) => line.includes('pushing to')));
  }),
);

testWith(test, 'script', SCRIPT !== undefined, 'refresh-schemas says what it downloads', () =>
  withFolder((folder) => {
    mkdirSync(join(folder, 'bin'));
    // No module is there: what comes of that is the same as without a network.
    writeFileSync(
      join(folder, 'bin/go'),
      '#!/bin/sh\ncase $1 in list) echo k8s.io/kubernetes v1.36.0 v1.37.0;; *) echo \'{"Error":"no network"}\';; esac\n',
    );
    chmodSync(join(folder, 'bin/go'), 0o755);
    const env = { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` };
    const before = readFileSync('schemas/kubernetes/lifecycle.json', 'utf8');
    const { code, screen } = scriptOnTerminal(
      '.',
      `'${process.execPath}' --import tsx scripts/refresh-schemas.ts`,
      env,
    );
    assert.is(code, 1, screen);
    assert.match(screen, `${ERASE}downloading k8s.io/kubernetes@v1.36.0${ERASE}`);
    assert.match(
      shownIn(screen).join('\n'),
      'refresh-schemas: k8s.io/kubernetes@v1.36.0 cannot be downloaded: no network',
    );
    assert.is(readFileSync('schemas/kubernetes/lifecycle.json', 'utf8'), before);
  }),
);

test.run();
