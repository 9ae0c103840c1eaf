/** No command, of a page or of a script, has a package manager look for the program in a registry: whoever takes a name there runs code. */
import { readFileSync } from 'node:fs';
import glob from 'fast-glob';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('where the program comes from');

const FILES = [
  '*.md',
  '.ci/*',
  '.github/**',
  '.pre-commit-hooks.yaml',
  'docs/**/*.md',
  'generator/**/*.ts',
  'generator/init/*',
  'scripts/**',
];
/** What looks a package up, if it is not there. */
const COMMAND =
  /\b(?:npx|npm (?:i|install|exec|x|add|create)|pnpm (?:i|install|add|dlx)|yarn (?:add|dlx)|bunx|bun add)\b[^\n`;&|]*/g;
/** A file, or only what is installed. */
const HAS_SOURCE = /\.tgz|TARBALL|npx --no /;

function wrongIn(text: string): string[] {
  return (text.match(COMMAND) ?? []).filter(
    (command) => command.includes('registry-gitops') && !HAS_SOURCE.test(command),
  );
}

test('every command that installs or runs it names a file, or what is installed', () => {
  const files = glob.sync(FILES, { dot: true, ignore: ['generator/generated/**'] });
  assert.ok(files.length > 300, `${files.length}`);
  const wrong = files.flatMap((file) => wrongIn(readFileSync(file, 'utf8')).map((command) => `${file}: ${command}`));
  assert.equal(wrong, []);
});

test('it would find one that does not', () => {
  for (const command of [
    'npx registry-gitops init',
    'npx --yes @registry-gitops/cli check',
    'npm install --save-dev @registry-gitops/cli',
    'npm i -D registry-gitops@1',
    'npm exec -- registry-gitops',
    'pnpm add registry-gitops',
    'pnpm dlx @registry-gitops/cli',
    'yarn dlx registry-gitops',
    'bunx registry-gitops',
  ])
    assert.equal(wrongIn(`run \`${command}\` first`), [command]);
  for (const command of [
    'npx --no -- registry-gitops check',
    'npm install --offline ./tools/registry-gitops-cli-1.0.0.tgz',
  ])
    assert.equal(wrongIn(command), []);
});

test.run();
