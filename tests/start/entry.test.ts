/** What is printed without loading the program is what the program prints. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

const test = suite('start: prepared texts');
const DIST = join(PROGRAM, '..');
const COMMANDS = Object.keys(JSON.parse(readFileSync(join(DIST, 'help.json'), 'utf8')) as object).filter(Boolean);

// The test runner sets it, and node warns of it where NO_COLOR is set too.
const { FORCE_COLOR: _, ...env } = process.env;

function start(program: string, args: string[]): [number | null, string, string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env });
  return [status, stdout, stderr];
}

/** Runs with the program alone, without what it loads for a command. */
async function withEntryOnly(run: (program: string) => void): Promise<void> {
  await withFolder((folder) => {
    mkdirSync(join(folder, 'dist'));
    for (const name of ['registry-gitops.js', 'help.json', 'package.json'])
      cpSync(join(DIST, name), join(folder, 'dist', name));
    run(join(folder, 'dist/registry-gitops.js'));
  });
}

test('--version, --help and COMMAND --help print what the program prints, and load nothing of it', () =>
  withEntryOnly((entry) => {
    assert.ok(COMMANDS.includes('generate') && COMMANDS.length > 10);
    const lines = [
      ['--version'],
      ['-v'],
      ['--help'],
      ['-h'],
      ['diff', '-h'],
      ...COMMANDS.map((name) => [name, '--help']),
    ];
    for (const args of lines) {
      const [code, out, err] = start(entry, args);
      assert.equal([code, out, err], start(join(DIST, 'main.js'), args), args.join(' '));
      assert.is(code, 0);
    }
  }));

test('another command line is the program’s to answer, whatever it has beside --help', () => {
  for (const args of [
    ['nonesuch', '--help'],
    ['--help', 'generate'],
    ['generate', '--help', '--json'],
    [],
    ['--nonesuch'],
  ]) {
    assert.equal(start(PROGRAM, args), start(join(DIST, 'main.js'), args), args.join(' '));
  }
});

test('an output that is full or gone ends as it does elsewhere', () => {
  const shell = (line: string): [number | null, string] => {
    const { status, stderr } = spawnSync('bash', ['-c', line, 'bash', process.execPath, PROGRAM], {
      encoding: 'utf8',
      env,
    });
    return [status, stderr];
  };
  const [code, err] = shell('"$1" "$2" --help > /dev/full');
  assert.is(code, 3);
  assert.match(err, 'the output cannot be written');
  assert.equal(shell('"$1" "$2" --help | true; echo "${PIPESTATUS[0]}" >&2'), [0, '0\n']);
});

test.run();
