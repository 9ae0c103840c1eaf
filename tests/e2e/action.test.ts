/** The composite action, its scripts run as a runner runs them, in clones of a real repository. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { action, runAction, type Ran } from '../support/action.js';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

const test = suite('the composite action');
const IDENTITY = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
const git = (cwd: string, ...args: string[]): string =>
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

const withClone = (check: (place: Place) => void) => () =>
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

const PULL_REQUEST = {
  'github.event_name': 'pull_request',
  'github.base_ref': 'main',
  'github.event.pull_request.number': '7',
};

test('no input and no context is put into a script: each reaches it as a variable', () => {
  for (const { run: script, name, shell } of action.runs.steps.filter((step) => step.run !== undefined)) {
    assert.not.match(script!, '${{', name);
    assert.is(shell, 'bash', name);
  }
});

test(
  'inputs are data: nothing in them is run',
  withClone(({ folder, act }) => {
    const evil = `'; touch ${folder}/run; $(touch ${folder}/run) "\`touch ${folder}/run\``;
    for (const inputs of <Record<string, string>[]>[
      { command: evil },
      { config: evil, comment: 'true', sarif: 'true' },
      { config: evil },
    ])
      assert.not.equal(act(inputs, { ...PULL_REQUEST }).code, 0);
    assert.not(existsSync(join(folder, 'run')));
  }),
);

test(
  'check passes on a tree that is current, and fails on one that is stale or wrong, with the code of the command',
  withClone(({ act, edit }) => {
    assert.is(act().code, 0);
    edit('replicas: 2', 'replicas: 3');
    const stale = act();
    assert.is(stale.code, 1);
    assert.match(stale.log, 'not up to date with registry.yaml');
    edit('replicas: 3', 'replica: 3');
    assert.is(act().code, 2);
  }),
);

test(
  'files of a checkout that look like a bare repository are none: git is asked for .git, and starts no program of theirs',
  withClone(({ folder, clone, act }) => {
    const program = join(folder, 'tripwire');
    writeFileSync(program, `#!/bin/sh\ntouch '${folder}/sprung'\n`, { mode: 0o755 });
    git(clone, 'config', 'core.sshCommand', program);
    git(clone, 'remote', 'set-url', 'origin', 'ssh://nowhere.example.com/x');
    git(clone, 'config', 'core.fsmonitor', program);
    // As an archive of the repository, without .git, may hold them.
    for (const name of readdirSync(join(clone, '.git'))) renameSync(join(clone, '.git', name), join(clone, name));
    rmSync(join(clone, '.git'), { recursive: true });
    for (const inputs of [{ comment: 'true' }, { command: 'commit' }] as Record<string, string>[])
      assert.match(act(inputs, { ...PULL_REQUEST }).log, /not a git repository|is in a repository without files/);
    assert.not(existsSync(join(folder, 'sprung')));
  }),
);

test(
  'a registry in a folder of a repository is checked and committed by what its own package.json names',
  withClone(({ folder, clone, act }) => {
    const at = join(clone, 'deploy/eu');
    mkdirSync(at, { recursive: true });
    for (const name of readdirSync(clone).filter((one) => !/^(\.git|deploy)$/.test(one)))
      renameSync(join(clone, name), join(at, name));
    git(clone, 'add', '-A');
    git(clone, 'commit', '-qm', 'Move');
    git(clone, 'push', '-q');
    const inputs = { config: 'deploy/eu/registry.yaml' };
    const { code, log, outputs } = act(inputs);
    assert.equal(
      [code, outputs['program']],
      [0, join(at, 'node_modules/@registry-gitops/cli/dist/registry-gitops.js')],
      log,
    );
    const file = join(at, 'registry.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 2', 'replicas: 3'));
    git(clone, 'commit', '-qam', 'Three replicas');
    git(clone, 'push', '-q');
    assert.is(act(inputs).code, 1);
    const committed = act({ ...inputs, command: 'commit' });
    assert.is(committed.code, 0, committed.log);
    assert.match(git(join(folder, 'origin.git'), 'show', 'main:deploy/eu/base/deployment.yaml'), 'replicas: 3');
  }),
);

test(
  "where the repository has no generator it is the action's own, and a copy of the action without one says what to do",
  withClone(({ clone, act }) => {
    writeFileSync(join(clone, 'package.json'), '{ "name": "mine", "version": "7.0.0" }');
    const own = act();
    assert.is(own.outputs['program'], resolve('dist/registry-gitops.js'), own.log);
    const copy = act({}, { 'github.action_path': join(clone, '.github/actions/registry-gitops') });
    assert.is(copy.code, 3);
    assert.match(copy.log, 'there is no generator in this repository; run `registry-gitops init` in it');
  }),
);

test(
  'without a lock file, which pins the generator, nothing is installed',
  withClone(({ clone, act }) => {
    git(clone, 'rm', '-q', 'package-lock.json');
    const { code, log } = act();
    assert.is(code, 3);
    assert.match(log, 'commit package-lock.json: it pins the generator by its checksum');
    assert.not.match(log, /npm (ci|install)/);
  }),
);

test(
  'a command that there is not is refused',
  withClone(({ act }) => {
    const { code, log } = act({ command: 'init' });
    assert.is(code, 2);
    assert.match(log, 'the input command is check, generate, validate or commit');
  }),
);

test(
  'a pull request gets one comment with what changes in the cluster, which is kept current',
  withClone(({ folder, act, edit, gh }) => {
    edit('image: registry:3.1.2', 'image: registry:3.1.0');
    const first = act({ comment: 'true' }, PULL_REQUEST);
    // The tree is stale: told after the comment.
    assert.equal([first.code, first.outputs['change']], [1, 'rolls-pods']);
    assert.match(gh(), '--method POST repos/example/registry/issues/7/comments --field body=@');
    const comment = readFileSync(join(folder, 'comment'), 'utf8');
    assert.match(comment, /^<!-- registry-gitops: registry\.yaml -->\n/);
    assert.match(comment, 'registry:3.1.0');
    assert.match(first.summary, 'registry:3.1.0');
    act({ comment: 'true' }, PULL_REQUEST);
    assert.match(gh(), '--method PATCH repos/example/registry/issues/comments/42 --field body=@');
    assert.is(gh().split('--method POST').length - 1, 1);
  }),
);

test(
  "a fork's token may write nothing: the summary of the job has it, and nothing fails",
  withClone(({ folder, act, gh }) => {
    writeFileSync(join(folder, 'read-only'), '');
    const { code, log, summary } = act({ comment: 'true' }, PULL_REQUEST);
    assert.is(code, 0);
    assert.match(gh(), '--method POST');
    assert.match(log, '::notice title=registry-gitops::No comment could be written');
    assert.match(summary, 'nothing changes in the cluster');
  }),
);

test(
  'without a pull request nothing is told on one',
  withClone(({ act, gh }) => {
    assert.is(act({ comment: 'true' }, { 'github.event_name': 'push' }).code, 0);
    assert.is(gh(), '');
  }),
);

test(
  'a registry.yaml that is wrong gives no comment and no findings, and fails for what is wrong',
  withClone(({ folder, act, edit, gh }) => {
    edit('replicas: 2', 'replica: 2');
    const { code, log } = act({ comment: 'true', sarif: 'true' }, PULL_REQUEST);
    assert.is(code, 2);
    assert.match(log, /registry\.yaml:\d+:1: replica: unknown field/);
    assert.is(gh(), '');
    assert.not(existsSync(join(folder, 'comment')));
  }),
);

test(
  'a diff that is longer than a comment may be is cut, and is whole in the summary',
  withClone(({ folder, act, edit }) => {
    const names = Array.from(
      { length: 700 },
      (_, index) => `  gone-${index}:\n    extends: tls\n    namespace: gone-${index}\n`,
    ).join('');
    edit('overlays:\n', `overlays:\n${names}`);
    const { summary } = act({ comment: 'true' }, PULL_REQUEST);
    const comment = readFileSync(join(folder, 'comment'), 'utf8');
    assert.ok(summary.length > 65_536, `${summary.length}`);
    assert.ok(comment.length < 65_536);
    assert.match(comment, 'The rest is in the summary of the job.');
  }),
);

test(
  'findings are left for code scanning as SARIF, and where nothing was checked nothing is',
  withClone(({ folder, clone, act, edit }) => {
    const results = (): { ruleId: string }[] =>
      JSON.parse(readFileSync(join(folder, 'temp/registry-gitops.sarif'), 'utf8')).runs[0].results;
    assert.is(act({ sarif: 'true' }).code, 0);
    assert.equal(results(), []);
    const exception = '\nchecks:\n  ignore:\n    delete-cache: Images are deleted rarely.\n';
    edit('      type: statefulset', '      type: sidecar');
    edit('      replicas: 2\n', '');
    edit('\nreplicas: 2', `${exception}\nreplicas: 2`);
    assert.is(run(clone, ['generate']).code, 0);
    edit(exception, '');
    const { code } = act({ sarif: 'true' });
    assert.equal([code, results().map(({ ruleId }) => ruleId)], [1, ['delete-cache']]);
    edit('replicas: 2', 'replica: 2');
    assert.is(act({ sarif: 'true' }).code, 2);
  }),
);

test('the findings of each registry are a category of their own: code scanning takes one of each from a job', () => {
  const [upload] = action.runs.steps.filter(({ uses }) => uses?.startsWith('github/codeql-action/upload-sarif@'));
  assert.is(upload!.with!['category'], 'registry-gitops/${{ inputs.config }}');
});

test(
  'commit brings the tree up to date with registry.yaml, and pushes it; a second time there is nothing to do',
  withClone(({ folder, clone, act, edit }) => {
    const remote = (): string => git(join(folder, 'origin.git'), 'log', '--format=%an %s', 'main');
    edit('replicas: 2', 'replicas: 3');
    git(clone, 'commit', '-qam', 'Three replicas');
    git(clone, 'push', '-q');
    const { code, log } = act({ command: 'commit' });
    assert.is(code, 0, log);
    assert.is(git(clone, 'status', '--porcelain', '--', 'base', 'overlays'), '');
    assert.match(git(join(folder, 'origin.git'), 'show', 'main:base/deployment.yaml'), 'replicas: 3');
    assert.is(remote().split('\n').length, 4);
    const before = remote();
    const again = act({ command: 'commit' });
    assert.is(again.code, 0, again.log);
    assert.is(remote(), before, 'no loop');
  }),
);

test.run();
