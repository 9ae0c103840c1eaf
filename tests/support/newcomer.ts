/** Somebody who has Node, npm, git and a tarball of the program: with an empty home of their own, and without a network. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { packProgram, tarballName } from '../../generator/package/index.js';
import { findProgram } from './tools.js';

/** nobody: who runs things if the tests are run by root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const AS_NOBODY = [findProgram('setpriv') ?? 'setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
/** Only root can take the network away, and not in every container; else npm alone is kept from using it. */
const UNSHARE = findProgram('unshare') ?? 'unshare';
const hasNoNetwork = isRoot && spawnSync(UNSHARE, ['--net', 'true']).status === 0;
const ISOLATED = [...(hasNoNetwork ? [UNSHARE, '--net'] : []), ...(isRoot ? AS_NOBODY : [])];

export interface Outcome {
  code: number | null;
  /** Both outputs. */
  out: string;
}

export class Newcomer {
  readonly folder = mkdtempSync(join(tmpdir(), 'registry-gitops-newcomer-'));
  readonly home: string;

  constructor() {
    chmodSync(this.folder, 0o755);
    this.home = this.own('home');
  }

  /** Makes a folder that is theirs. @returns its path */
  own(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    if (isRoot) chownSync(path, NOBODY, NOBODY);
    return path;
  }

  /** Puts a tarball of the program into their folder. @returns its path */
  async tarball(): Promise<string> {
    const { manifest, bytes } = await packProgram('.');
    const path = join(this.folder, tarballName(manifest.version));
    writeFileSync(path, bytes);
    return path;
  }

  run(cwd: string, command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Outcome {
    const env = {
      PATH: process.env['PATH'],
      HOME: this.home,
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.com',
      ...(hasNoNetwork ? {} : { npm_config_offline: 'true' }),
      ...environment,
    };
    const [program, ...rest] = [...ISOLATED, command, ...args];
    const { status, stdout, stderr, error } = spawnSync(program!, rest, {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 300_000,
    });
    return { code: status, out: `${stdout}${stderr}${error ? error.message : ''}` };
  }

  /** Runs what has to succeed. @returns both outputs */
  ok(cwd: string, command: string, ...args: string[]): string {
    const { code, out } = this.run(cwd, command, args);
    assert.is(code, 0, `${command} ${args.join(' ')}\n${out}`);
    return out;
  }

  leave(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
