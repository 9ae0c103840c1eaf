/** A folder that becomes a repository. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/cli.js';

export const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

export const TARBALL = `tools/registry-gitops-cli-${version}.tgz`;

export const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Runs apart from whatever repository the tests are in. */
export const init = (folder: string, ...args: string[]) =>
  run(folder, ['init', ...args], '', { GIT_CEILING_DIRECTORIES: join(folder, '..') });
