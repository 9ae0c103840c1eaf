/** Mistakes on the command line, and files that cannot be read or written. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../support/config.js';
import { PROGRAM, run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { withConfig } from './registry-folder.js';

const test = suite('the command line: mistakes');

test(
  'problems are JSON where that is asked for',
  withConfig('replica: 2\n', (folder) => {
    for (const command of ['generate', 'check']) {
      const { code, out } = run(folder, [command, '--json']);
      assert.is(code, 2);
      assert.equal(JSON.parse(out).problems, [
        {
          file: 'registry.yaml',
          line: 1,
          column: 1,
          path: 'replica',
          message: 'unknown field "replica"; did you mean "replicas"?',
        },
      ]);
    }
  }),
);

test('a missing registry.yaml, a folder and an unreadable place are reported in a line', () =>
  withFolder((folder) => {
    assert.equal(run(folder, ['generate']), {
      code: 2,
      out: '',
      err: 'registry-gitops: registry.yaml: there is no such file; `registry-gitops init` writes one, --config names another\n',
    });
    mkdirSync(join(folder, 'registry.yaml'));
    assert.match(run(folder, ['generate']).err, 'registry.yaml: this is a folder');
  }));

test('a file of 100 MB is refused without being read', () =>
  withFolder((folder) => {
    spawnSync('truncate', ['-s', '100M', join(folder, 'registry.yaml')]);
    const { code, err } = run(folder, ['generate']);
    assert.equal(
      [code, err],
      [
        2,
        'registry-gitops: registry.yaml:1:1: the file is 104857600 bytes; at most 1048576 are read. Is it the right file?\n',
      ],
    );
  }));

test('wrong usage is reported with the right one, and exits with 2', () => {
  const reported = (...args: string[]) => run('/', args);
  assert.equal(reported('generat'), {
    code: 2,
    out: '',
    err: 'registry-gitops: there is no command "generat"; did you mean "generate"?\n',
  });
  for (const args of [['generate', '--confg', 'x'], ['build'], ['htpasswd'], ['generate', '--config']]) {
    const { code, out, err } = reported(...args);
    assert.equal([code, out, err.split('\n').length], [2, '', 2], args.join(' '));
  }
  assert.is(
    reported('generate', '--dryrun').err,
    'registry-gitops: generate has no option --dryrun; did you mean "--dry-run"?\n',
  );
  assert.match(reported('clients', '--zzzz').err, /clients has no option --zzzz; choose one of --.*--overlay/);
  assert.is(reported('build').err, 'registry-gitops: build needs OVERLAY; see build --help\n');
  assert.is(reported('promote', 'tls').err, 'registry-gitops: promote needs FROM and TO; see promote --help\n');
  assert.match(reported('watch').err, 'registry.yaml: there is no such file; `registry-gitops init` writes one');
  assert.match(reported('check', '--config', 'a', '--config', 'b').err, '--config is given more than once');
  assert.match(reported('check', '--out', '').err, '--out is empty');
  assert.is(reported().code, 2);
});

test(
  'options that npm takes for itself, as a -- is forgotten, are refused with the right command line',
  withConfig(shipped, (folder) => {
    const reported = (event: string, args: string[], taken: NodeJS.ProcessEnv) =>
      run(folder, args, '', { npm_lifecycle_event: event, ...taken });
    const refused = (event: string, args: string[], taken: NodeJS.ProcessEnv) => {
      const { code, out, err } = reported(event, args, taken);
      assert.equal([code, out], [2, '']);
      return err.replace('registry-gitops: ', '').trimEnd();
    };
    assert.is(
      refused('commit', ['commit'], { npm_config_dry_run: 'true' }),
      'npm took --dry-run for itself; write: npm run commit -- --dry-run',
    );
    assert.is(
      refused('commit', ['commit'], { npm_config_push: 'true', npm_config_pull_request: 'true' }),
      'npm took --push and --pull-request for itself; write: npm run commit -- --push --pull-request',
    );
    assert.is(
      refused('commit', ['commit', 'y'], { npm_config_branch: 'true' }),
      'npm took --branch for itself; write: npm run commit -- --branch <name>',
    );
    assert.is(
      refused('commit', ['commit'], { npm_config_branch: 'y' }),
      'npm took --branch for itself; write: npm run commit -- --branch <name>',
    );
    assert.is(
      refused('promote', ['promote', 'no-tls', 'tls'], { npm_config_dry_run: 'true' }),
      'npm took --dry-run for itself; write: npm run promote -- no-tls tls --dry-run',
    );
    assert.is(
      refused('promote', ['promote', 'image', 'a', 'b'], { npm_config_field: 'true' }),
      'npm took --field for itself; write: npm run promote -- <from> <to> --field <field>',
    );
    assert.match(
      refused('build', ['build', 'tls', 'json'], {}),
      'npm took --format for itself; write: npm run build -- <overlay> --format <format>',
    );
    assert.match(
      refused('diff', ['diff', 'markdown'], {}),
      'npm took --format for itself; write: npm run diff -- --format <format>',
    );
  }),
);

test(
  'what npm has in its configuration is not taken for an option of the command',
  withConfig(shipped, (folder) => {
    const code = (event: string, args: string[], environment: NodeJS.ProcessEnv) =>
      run(folder, args, '', { npm_lifecycle_event: event, ...environment }).code;
    assert.is(
      code('generate', ['generate', '--dry-run'], {
        npm_config_cache: '/var/cache/npm',
        npm_config_json: 'true',
        npm_config_force: 'true',
        npm_config_dry_run: 'true',
      }),
      0,
    );
    assert.is(code('generate', ['generate'], { npm_config_dry_run: '', npm_config_push: 'true' }), 0);
    assert.is(code('commit', ['generate'], { npm_config_dry_run: 'true' }), 0, 'a hook of the commit');
    assert.is(code('npx', ['generate'], { npm_config_dry_run: 'true' }), 0);
  }),
);

test('--help and --version everywhere', () => {
  assert.match(run('/', ['--version']).out, JSON.parse(readFileSync('package.json', 'utf8')).version);
  assert.match(run('/', ['--help']).out, 'Exit codes');
  for (const command of ['generate', 'check', 'validate', 'build', 'explain', 'init', 'htpasswd']) {
    const { code, out } = run('/', [command, '--help']);
    assert.is(code, 0);
    assert.match(out, `registry-gitops ${command}`);
    assert.match(out, '--config <file>');
    assert.not.match(out, '(default: true)');
  }
});

test(
  'a reader that stops reading is no error',
  withConfig(shipped, (folder) => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${PROGRAM}" build tls | head -1`], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal([status, stderr], [0, '']);
  }),
);

test('a tree that cannot be written is left as it is', () =>
  withFolder((folder) => {
    writeFiles(folder, [
      ['registry.yaml', shipped],
      ['out', 'a file\n'],
    ]);
    for (const command of ['generate', 'check', 'diff']) {
      assert.equal(run(folder, [command, '--out', 'out']), {
        code: 2,
        out: '',
        err: 'registry-gitops: --out out: out is no folder; name the folder that base/ and overlays/ belong in\n',
      });
    }
    assert.is(
      run(folder, ['generate', '--out', 'out/of/it']).err,
      'registry-gitops: --out out/of/it: out is no folder; name the folder that base/ and overlays/ belong in\n',
    );
    assert.is(readFileSync(join(folder, 'out'), 'utf8'), 'a file\n');
    if (!existsSync('/proc/self')) return;
    const nowhere = run(folder, ['generate', '--out', '/proc/registry-gitops/tree']);
    assert.is(nowhere.code, 3);
    assert.match(nowhere.err, /^registry-gitops: the tree cannot be written: ENOENT: .*\n$/);
    assert.match(
      run(folder, ['init', '--config', '/proc/registry-gitops/registry.yaml']).err,
      /cannot be written: ENOENT/,
    );
  }));

test.run();
