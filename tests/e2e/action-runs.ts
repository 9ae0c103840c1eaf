/** Runs of the action, as a runner runs it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { runAction, type Ran } from '../support/action.js';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

const IDENTITY = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];

export const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', [...IDENTITY, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

interface Place {
  folder: string;
  /** A clone of a repository that init made, with the program as npm would have installed it. */
  clone: string;
  /** Runs the action in it. */
  act: (inputs?: Record<string, string>, github?: Record<string, string>) => Ran;
  edit: (before: string, after: string) => void;
  /** Every call of gh: its arguments, a line each, and the comment that it was given. */
  gh: () => string;
}

/** A gh that knows one comment or none, and may refuse to write. */
function fakeGh(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'gh'),
    `#!/bin/sh
echo "$*" >> '${folder}/gh.log'
case "$*" in
  *--method*) [ ! -f '${folder}/read-only' ] || { echo 'HTTP 403' >&2; exit 1; }
    for argument in "$@"; do case "$argument" in body=@*) cp "\${argument#body=@}" '${folder}/comment' ;; esac; done ;;
  *--jq*) [ ! -f '${folder}/comment' ] || echo 42 ;;
esac
`,
  );
  chmodSync(join(bin, 'gh'), 0o755);
  // npm ci has nothing to do: what it would install is linked.
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho "npm $*"\n');
  chmodSync(join(bin, 'npm'), 0o755);
  return bin;
}

export const withClone = (check: (place: Place) => void) => () =>
  withFolder((folder) => {
    const [origin, clone, seed] = ['origin.git', 'clone', 'seed'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(seed);
    run(seed, ['init'], '', { GIT_CEILING_DIRECTORIES: folder });
    git(seed, 'add', '-A');
    git(seed, 'commit', '-qm', 'Start');
    git(folder, 'clone', '-q', '--bare', seed, origin);
    git(folder, 'clone', '-q', origin, clone);
    mkdirSync(join(clone, 'node_modules/@registry-gitops'), { recursive: true });
    symlinkSync(resolve('.'), join(clone, 'node_modules/@registry-gitops/cli'));
    const bin = fakeGh(folder);
    const file = join(clone, 'registry.yaml');
    check({
      folder,
      clone,
      act: (inputs, github) =>
        runAction({
          workspace: clone,
          temp: join(folder, 'temp'),
          ...(inputs ? { inputs } : {}),
          ...(github ? { github } : {}),
          env: { PATH: `${bin}${delimiter}${process.env['PATH']}` },
        }),
      edit: (before, after) => writeFileSync(file, readFileSync(file, 'utf8').replace(before, after)),
      gh: () => (existsSync(join(folder, 'gh.log')) ? readFileSync(join(folder, 'gh.log'), 'utf8') : ''),
    });
  });

export const PULL_REQUEST = {
  'github.event_name': 'pull_request',
  'github.base_ref': 'main',
  'github.event.pull_request.number': '7',
};
