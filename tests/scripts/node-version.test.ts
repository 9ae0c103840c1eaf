/** What somebody with an older Node reads: a sentence, in place of a fault of the build. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('an older Node');

/** Runs a script as on another version of Node. */
function runOn(version: string, script: string): { code: number | null; err: string } {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, script, '--version'];
  // Both at once have Node warn.
  const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { code: status, err: stderr };
}

test('the build and the program say which Node is needed, which one runs, and what to do', () => {
  for (const script of ['scripts/prepare.js', 'scripts/start.js'])
    for (const version of ['16.20.2', '18.20.8', '20.10.0']) {
      const { code, err } = runOn(version, script);
      assert.is(code, 3, script);
      assert.is(
        err,
        `registry-gitops: Node 20.11 or newer is needed, 24 is recommended; this is ${version}, at ${process.execPath}. Install another one (https://nodejs.org), then run the command again.\n`,
      );
    }
});

test('20.11 and what is newer is let in', () => {
  for (const version of ['20.11.0', '22.0.0', '100.1.0'])
    assert.equal(runOn(version, 'scripts/start.js'), { code: 0, err: '' });
});

test.run();
