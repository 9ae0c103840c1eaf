/** What the documentation's commands of this program do where they are run, and that it is what is shown. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { testWith } from '../support/tools.js';
import { isComplete, ownCommands } from './command-line.js';
import { placeOf, type Quoted, readPages } from './pages.js';
import { withPlayground } from './playground.js';
import { ownArguments } from './programs.js';
import { BASH, recordCommands, shellOf, shownOutputs } from './shell.js';

const test = suite('runs of the documentation');
const pages = readPages();

/** What a reader puts in place of a word in capitals. */
const PLACEHOLDERS: Record<string, string> = {
  FROM: 'staging',
  NAME: 'oslo',
  OVERLAY: 'tls',
  PATH: 'overlays/tls',
  TO: 'prod',
  USER: 'alice',
  WORD: 'redis.memory',
};

/** Commands that need more than a folder. */
const NOT_RUN: [command: RegExp, why: string][] = [
  [/^watch\b/, 'ends with Ctrl-C only'],
  [/^diff .*--live\b/, 'asks a cluster'],
];

/** Exit codes other than 0, where a command is expected to find something. */
const EXPECTED: [command: RegExp, code: number][] = [];

function ownCommandsShown(): Map<string, Quoted> {
  const shown = new Map<string, Quoted>();
  for (const page of pages) {
    const shells = [
      ...page.snippets
        .filter(({ language }) => language === 'console')
        .map(({ text, ...at }) => ({ ...at, text: shellOf(text) })),
      ...page.codes.filter(({ text }) => /^(npm run|registry-gitops) /.test(text)),
    ];
    for (const at of shells)
      for (const command of recordCommands(at.text).commands) {
        const args = ownArguments(command)?.map((arg) =>
          arg.replace(/\b[A-Z]{2,}\b/g, (word) => PLACEHOLDERS[word] ?? word),
        );
        if (args && ownCommands.includes(args[0]!) && isComplete(args)) shown.set(args.join(' '), at);
      }
  }
  return shown;
}

testWith(test, 'bash', BASH !== undefined, 'each command of this program that can run without a cluster succeeds', () =>
  withPlayground(async (runOnce) => {
    const shown = ownCommandsShown();
    assert.ok(shown.size > 25, `${shown.size}`);
    const wrong: string[] = [];
    for (const [command, at] of shown) {
      if (NOT_RUN.some(([pattern]) => pattern.test(command))) continue;
      const { code, out, err } = await runOnce(command.split(' '));
      const expected = EXPECTED.find(([pattern]) => pattern.test(command))?.[1] ?? 0;
      // diff says by its code how grave a change is.
      const isFine = code === expected || (command.startsWith('diff') && code !== null && code >= 10 && code <= 13);
      if (!isFine) wrong.push(`${placeOf(at)}: ${command}: exit code ${code}\n${out}${err}`);
    }
    assert.equal(wrong, []);
    for (const [pattern] of NOT_RUN)
      assert.ok(
        [...shown.keys()].some((command) => pattern.test(command)),
        `${pattern}`,
      );
  }),
);

testWith(test, 'bash', BASH !== undefined, 'what is shown as printed is printed, in that order', () => {
  let compared = 0;
  for (const page of pages)
    for (const snippet of page.snippets.filter(({ language }) => language === 'console'))
      for (const { command, output } of shownOutputs(snippet.text)) {
        const [first] = recordCommands(command).commands;
        const args = first && ownArguments(first);
        if (!args) continue;
        const printed = run('.', args).out.split('\n');
        let from = 0;
        for (const line of output.filter((line) => line !== '...' && line !== '')) {
          const found = printed.indexOf(line, from);
          assert.is.not(
            found,
            -1,
            `${placeOf(snippet)}: ${command} does not print, from line ${from + 1} on:\n${line}`,
          );
          from = found + 1;
          compared++;
        }
      }
  assert.ok(compared > 5);
});

test.run();
