import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Result, run } from './cli.js';
import { withFolder } from './folder.js';

/** A small registry.yaml: its tree is quickly made. */
export const SMALL = 'name: images\nimage: registry:3.0.0\nreplicas: 2\n';

/** Of the user's own configuration nothing is to be felt. */
export const GIT_ENV: NodeJS.ProcessEnv = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Runs git. @returns what it prints @throws Error with its complaint */
export function git(folder: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd: folder,
    env: { ...process.env, ...GIT_ENV },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout.replace(/\n$/, '');
}

/** Runs `registry-gitops commit`. */
export function commit(folder: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Result {
  return run(folder, ['commit', ...args], '', { ...GIT_ENV, ...env });
}

/** All that a run that fails may not change: branches, HEAD and the index. The tree may be generated, and the remote's branches known. */
export function stateOf(folder: string): string {
  const refs = git(
    folder,
    'for-each-ref',
    '--format=%(refname) %(objectname)',
    'refs/heads',
    'refs/tags',
    'refs/stash',
    'refs/worktree',
  );
  const head = spawnSync('git', ['rev-parse', '--symbolic-full-name', 'HEAD'], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout;
  return [refs, head, git(folder, 'ls-files', '--stage'), git(folder, 'stash', 'list')].join('\n---\n');
}

/** Writes a file, with its folders. */
export function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Writes a hook, as a shell script. */
export function hook(gitFolder: string, name: string, script: string): void {
  put(gitFolder, `hooks/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(join(gitFolder, `hooks/${name}`), 0o755);
}

/** Runs with a repository that has a small registry.yaml, or other files, and what they give, committed. */
export function withRepository(
  check: (folder: string) => void | Promise<void>,
  files: Record<string, string> = { 'registry.yaml': SMALL },
): () => Promise<void> {
  return () =>
    withFolder(async (parent) => {
      const folder = join(parent, 'a repository');
      mkdirSync(folder);
      git(folder, 'init', '--quiet', '--initial-branch=main');
      for (const [path, text] of Object.entries(files)) put(folder, path, text);
      const first = commit(folder);
      if (first.code !== 0) throw new Error(first.err);
      await check(folder);
    });
}

/** Runs with a remote on disk and two clones of it. */
export function withRemote(
  check: (one: string, two: string, remote: string) => void | Promise<void>,
  files?: Record<string, string>,
): () => Promise<void> {
  return withRepository(async (folder) => {
    const [remote, two] = [join(dirname(folder), 'remote.git'), join(dirname(folder), 'two')];
    git(folder, 'clone', '--quiet', '--bare', '.', remote);
    git(folder, 'remote', 'add', 'origin', remote);
    git(folder, 'fetch', '--quiet', 'origin');
    git(folder, 'branch', '--quiet', '--set-upstream-to=origin/main');
    git(folder, 'clone', '--quiet', remote, two);
    await check(folder, two, remote);
  }, files);
}
