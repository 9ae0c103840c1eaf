import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { configOf, shipped } from '../support/config.js';
import { PROGRAM, run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { buildVariant } from '../../generator/plan/index.js';

const test = suite('the command line');
const withConfig = (text: string, check: (folder: string) => void) => () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), text);
    check(folder);
  });

test('the committed tree is up to date with the shipped registry.yaml', () => {
  const { code, out } = run(process.cwd(), ['check']);
  assert.equal([code, out], [0, 'The base and 4 overlays are up to date with registry.yaml.\n']);
});

test(
  'one overlay is one',
  withConfig('overlays:\n  tls: {}\n', (folder) => {
    run(folder, ['generate']);
    assert.is(run(folder, ['check']).out, 'The base and 1 overlay are up to date with registry.yaml.\n');
  }),
);

test(
  'generate prints what it wrote, changed and removed',
  withConfig(shipped, (folder) => {
    const { code, out } = run(folder, ['generate']);
    assert.is(code, 0);
    assert.match(out, '+ base/deployment.yaml\n');
    assert.match(out, 'Wrote the base and 4 overlays: 53 added, 0 changed, 0 removed, 0 unchanged.');
    writeFileSync(
      join(folder, 'registry.yaml'),
      shipped.replace('replicas: 2', 'replicas: 3').replace(/  # One Redis in each[^]*?\n\n/, ''),
    );
    const second = run(folder, ['generate']).out;
    assert.match(second, '~ base/deployment.yaml\n');
    assert.match(second, '- overlays/sidecar-redis/kustomization.yaml\n');
    assert.match(second, '0 added, 1 changed, 3 removed');
  }),
);

test(
  'generate --dry-run tells what would change and writes nothing',
  withConfig(shipped, (folder) => {
    const { code, out } = run(folder, ['generate', '--dry-run']);
    assert.is(code, 0);
    assert.match(out, 'Would write the base and 4 overlays: 53 added');
    assert.equal(Object.keys(readFiles(folder)), ['registry.yaml']);
  }),
);

test(
  'the tree of another file that is there is not replaced, unless that is asked for',
  withConfig(shipped, (folder) => {
    run(folder, ['generate']);
    const before = readFiles(folder, ['other.yaml']);
    writeFileSync(join(folder, 'other.yaml'), 'name: other\n');
    const { code, err } = run(folder, ['generate', '--config', 'other.yaml']);
    assert.is(code, 3);
    assert.match(err, 'the tree here was generated from registry.yaml, and would be replaced by that of other.yaml');
    assert.equal(readFiles(folder, ['other.yaml']), before);
    renameSync(join(folder, 'registry.yaml'), join(folder, 'images.yaml'));
    assert.is(run(folder, ['generate', '--config', 'images.yaml']).code, 0, 'it has another name now');
    assert.is(run(folder, ['generate', '--config', 'other.yaml', '--force']).code, 0);
  }),
);

test(
  'generate --json is for machines',
  withConfig(shipped, (folder) => {
    const result = JSON.parse(run(folder, ['generate', '--json']).out);
    assert.is(result.added.length, 54);
    assert.equal([result.dryRun, result.changed, result.removed], [false, [], []]);
  }),
);

test(
  'what is not safe is refused with its place in the tree and in registry.yaml, and taken with a reason',
  withConfig('redis:\n  type: sidecar\n', (folder) => {
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 1);
    assert.match(
      err,
      /^base\/config\/config\.yml:\d+:\d+: error: ConfigMap\/registry-config-\w+: data\["config\.yml"\]: storage\.cache\.blobdescriptor: each of the 2 replicas has a cache of its own.*\[delete-cache\]\n/,
    );
    assert.match(err, '  from registry.yaml:2:3: redis.type\n');
    assert.match(err, 'Nothing was written.');
    assert.equal(Object.keys(readFiles(folder)), ['registry.yaml']);
    writeFileSync(
      join(folder, 'registry.yaml'),
      'redis:\n  type: sidecar\nchecks:\n  ignore:\n    delete-cache: Images are deleted rarely.\n',
    );
    assert.is(run(folder, ['generate']).code, 0);
    writeFileSync(join(folder, 'registry.yaml'), 'checks:\n  ignore:\n    delete-cache: Images are deleted rarely.\n');
    assert.match(
      run(folder, ['generate']).err,
      'registry.yaml:3:5: warning: checks.ignore.delete-cache: nothing breaks the rule delete-cache any more; remove the exception [unused-exception]',
    );
  }),
);

test(
  'check fails with a unified diff that git applies',
  withConfig(shipped, (folder) => {
    run(folder, ['generate']);
    const wanted = readFiles(folder);
    const file = join(folder, 'base/service.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('port: 5000', 'port: 80'));
    rmSync(join(folder, 'overlays/tls/ingress.yaml'));
    const { code, out, err } = run(folder, ['check']);
    assert.is(code, 1);
    assert.match(out, '--- a/base/service.yaml\n+++ b/base/service.yaml\n');
    assert.match(out, '-      port: 80\n+      port: 5000\n');
    assert.match(err, '2 files are not up to date with registry.yaml; run `npm run generate`');
    execFileSync('git', ['apply', '-'], { cwd: folder, input: out });
    assert.equal(readFiles(folder), wanted);
    const json = JSON.parse(run(folder, ['check', '--json']).out);
    assert.equal([json.upToDate, json.changes], [true, []]);
  }),
);

test(
  'check in a folder without a tree fails',
  withConfig(shipped, (folder) => {
    assert.is(run(folder, ['check']).code, 1);
    assert.equal(Object.keys(readFiles(folder)), ['registry.yaml']);
  }),
);

test('--config and --out work from anywhere', () =>
  withFolder((folder) => {
    mkdirSync(join(folder, 'in'));
    mkdirSync(join(folder, 'cwd'));
    writeFileSync(join(folder, 'in/prod.yaml'), shipped);
    const beside = run(join(folder, 'cwd'), ['generate', '--config', '../in/prod.yaml']);
    assert.is(beside.code, 0);
    assert.ok(existsSync(join(folder, 'in/base/deployment.yaml')));
    assert.match(beside.out, 'kubectl apply -k ../in/overlays/tls');
    assert.is(run(join(folder, 'cwd'), ['generate', '--config', '../in/prod.yaml', '--out', '../new/place']).code, 0);
    const strip = (files: Record<string, string>) =>
      Object.fromEntries(Object.entries(files).filter(([path]) => path !== 'prod.yaml'));
    assert.equal(strip(readFiles(join(folder, 'new/place'))), strip(readFiles(join(folder, 'in'))));
    assert.is(
      run('/', ['check', '--config', join(folder, 'in/prod.yaml'), '--out', join(folder, 'new/place')]).code,
      0,
    );
  }));

test(
  'a folder whose name is a number is a folder',
  withConfig(shipped, (folder) => {
    assert.is(run(folder, ['generate', '--out', '2024']).code, 0);
    assert.ok(existsSync(join(folder, '2024/base/deployment.yaml')));
  }),
);

test(
  'build prints the model of an overlay, as YAML and as JSON',
  withConfig(shipped, (folder) => {
    const model = JSON.parse(JSON.stringify(buildVariant(configOf(shipped), 'tls', 'registry.yaml')));
    const yaml = run(folder, ['build', 'tls']);
    assert.is(yaml.code, 0);
    assert.equal(
      parseAllDocuments(yaml.out).map((document) => document.toJS()),
      model,
    );
    assert.equal(JSON.parse(run(folder, ['build', 'overlays/tls/', '--format', 'json']).out).items, model);
    assert.match(run(folder, ['build', 'base']).out, 'kind: Deployment');
  }),
);

test(
  'build of an unknown overlay or format names the right ones',
  withConfig(shipped, (folder) => {
    assert.equal(run(folder, ['build', 'tsl']), {
      code: 2,
      out: '',
      err: 'registry-gitops: there is no overlay "tsl" in registry.yaml; did you mean "tls"?\n',
    });
    assert.is(
      run(folder, ['build', 'tls', '--format', 'xml']).err,
      'registry-gitops: --format xml: expected yaml or json\n',
    );
  }),
);

test('what init shows as comments is valid too', () =>
  withFolder((folder) => {
    run(folder, ['init', '--config', 'registry.yaml']);
    const text = readFileSync(join(folder, 'registry.yaml'), 'utf8').replace(
      /^(\s*)# ((version|static|nfs|server|path|deleteUntagged|kubernetesVersion|checks|ignore|tls-staging|extends|namespace|host):|  )/gm,
      '$1$2',
    );
    assert.match(text, /^version: "3\.1\.2"$/m);
    writeFileSync(join(folder, 'registry.yaml'), text);
    // Only that nothing needs the exception.
    assert.match(
      run(folder, ['generate', '--dry-run']).err,
      /^registry\.yaml:\d+:5: warning: checks\.ignore\.plain-http-login: nothing breaks the rule .*\n.*\n$/,
    );
    const bucket = text.replace(
      /^storage:[^]*?\n\n/m,
      (block) =>
        `storage:\n${[...block.matchAll(/^  # ((type|s3): .*\n)/gm)].map(([, line]) => `  ${line}`).join('')}\n`,
    );
    assert.match(bucket, /^storage:\n {2}type: s3\n {2}s3: \{/m);
    writeFileSync(join(folder, 'registry.yaml'), bucket);
    assert.is(run(folder, ['generate', '--dry-run']).code, 0);
  }));

test(
  'htpasswd prints a Secret with a bcrypt login and two random secrets',
  withConfig(shipped.replace('namespace: registry', 'namespace: team-a'), (folder) => {
    const [first, second] = [0, 1].map(() => run(folder, ['htpasswd', 'alice'], 'pässword\n'));
    assert.is(first!.code, 0);
    const secret = parse(first!.out) as {
      kind: string;
      metadata: { name: string; namespace: string };
      stringData: Record<string, string>;
    };
    assert.equal(
      [secret.kind, secret.metadata.name, secret.metadata.namespace],
      ['Secret', 'registry-secrets', 'team-a'],
    );
    const [, hash] = /^alice:(\$2[aby]\$\S+)\n$/.exec(secret.stringData['htpasswd']!)!;
    assert.ok(bcrypt.compareSync('pässword', hash!));
    assert.match(secret.stringData['http-secret']!, /^[0-9a-f]{64}$/);
    assert.match(secret.stringData['redis-password']!, /^[0-9a-f]{64}$/);
    assert.not.equal(parse(second!.out).stringData, secret.stringData);
  }),
);

test('htpasswd --line prints only the line, and needs no registry.yaml', () =>
  withFolder((folder) => {
    const { code, out } = run(folder, ['htpasswd', 'bob', '--line'], 'secret');
    assert.is(code, 0);
    assert.match(out, /^bob:\$2b\$10\$.{53}\n$/);
    assert.match(run(folder, ['htpasswd', 'bob'], 'secret').err, 'print the line only with --line');
  }));

test(
  'htpasswd takes name and namespace from an overlay',
  withConfig('overlays:\n  eu:\n    namespace: eu\n    secretName: other\n', (folder) => {
    const { metadata } = parse(run(folder, ['htpasswd', 'a', '--overlay', 'eu'], 'x').out);
    assert.equal([metadata.name, metadata.namespace], ['other', 'eu']);
    assert.match(
      run(folder, ['htpasswd', 'a', '--overlay', 'us'], 'x').err,
      'there is no overlay "us" in registry.yaml; choose one of eu',
    );
  }),
);

const bucket = 'storage:\n  type: s3\n  s3:\n    bucket: images\n    region: us-east-1\n';
const bucketKeys = { REGISTRY_STORAGE_S3_ACCESSKEY: 'AKIA', REGISTRY_STORAGE_S3_SECRETKEY: 'a/b+c' };

test(
  'htpasswd takes the keys of a bucket from the environment, and goes no further without',
  withConfig(`overlays:\n  eu:\n    ${bucket.trim().replaceAll('\n', '\n    ')}\n`, (folder) => {
    const secretOf = (args: string[], env: NodeJS.ProcessEnv) => run(folder, ['htpasswd', 'a', ...args], 'x', env);
    const { 's3-access-key': access, 's3-secret-key': secret } = parse(
      secretOf(['--overlay', 'eu'], bucketKeys).out,
    ).stringData;
    assert.equal([access, secret], ['AKIA', 'a/b+c']);
    assert.not('s3-access-key' in parse(secretOf([], bucketKeys).out).stringData, 'the base is on a volume');
    assert.equal(secretOf(['--overlay', 'eu'], { REGISTRY_STORAGE_S3_ACCESSKEY: 'AKIA' }), {
      code: 2,
      out: '',
      err: 'registry-gitops: the pods read the keys of the bucket "images" from this Secret too (s3-access-key and s3-secret-key), and REGISTRY_STORAGE_S3_SECRETKEY is not set; set and export it, or print the line only with --line\n',
    });
  }),
);

test(
  'htpasswd quotes a key that the registry would read as something else',
  withConfig(bucket, (folder) => {
    for (const key of ['0123', 'abc #1', '@x: y', '"', 'true', "it's"]) {
      const { 's3-secret-key': written } = parse(
        run(folder, ['htpasswd', 'a'], 'x', { ...bucketKeys, REGISTRY_STORAGE_S3_SECRETKEY: key }).out,
      ).stringData;
      assert.is(parse(written, { version: '1.1' }), key);
    }
  }),
);

for (const [where, config, options] of [
  ['the base', bucket, ''],
  ['an overlay', `overlays:\n  eu:\n    ${bucket.trim().replaceAll('\n', '\n    ')}\n`, ' --overlay eu'],
] as const) {
  test(
    `the next steps ask for the keys of a bucket where the pods of ${where} read them`,
    withConfig(config, (folder) => {
      const keys = ['REGISTRY_STORAGE_S3_ACCESSKEY', 'REGISTRY_STORAGE_S3_SECRETKEY']
        .map((name) => `       read -rs ${name}; export ${name}\n`)
        .join('');
      const htpasswd = `       npm run --silent htpasswd -- USER${options} | kubectl create -f -\n`;
      assert.match(run(folder, ['generate']).out, `${keys}${htpasswd}`);
    }),
  );
}

test(
  'the next steps ask for no keys of a bucket where a role lets the pods in',
  withConfig(`${bucket}    credentials: ambient\n`, (folder) => {
    assert.not.match(run(folder, ['generate']).out, 'read -rs');
  }),
);

test(
  'htpasswd refuses users and passwords that would not work',
  withConfig(shipped, (folder) => {
    const told = (user: string, password: string) => run(folder, ['htpasswd', user, '--line'], password);
    for (const [user, password, message] of [
      ['a:b', 'x', 'a user name has no colon'],
      ['a b', 'x', 'a user name has no colon'],
      ['a', '', 'the password is empty'],
      ['a', '\n', 'the password is empty'],
      ['a', 'x'.repeat(73), 'the password is 73 bytes long; bcrypt takes at most 72'],
      ['a', 'x\ny', 'the password has a line break'],
    ] as const) {
      const { code, out, err } = told(user, password);
      assert.equal([code, out], [2, '']);
      assert.match(err, message);
    }
  }),
);

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

test('a missing registry.yaml, a folder and an unreadable place are told in a line', () =>
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

test('wrong usage is told with the right one, and exits with 2', () => {
  const told = (...args: string[]) => run('/', args);
  assert.equal(told('generat'), {
    code: 2,
    out: '',
    err: 'registry-gitops: there is no command "generat"; did you mean "generate"?\n',
  });
  for (const args of [['generate', '--confg', 'x'], ['build'], ['htpasswd'], ['generate', '--config']]) {
    const { code, out, err } = told(...args);
    assert.equal([code, out, err.split('\n').length], [2, '', 2], args.join(' '));
  }
  assert.match(told('check', '--config', 'a', '--config', 'b').err, '--config is given more than once');
  assert.match(told('check', '--out', '').err, '--out is empty');
  assert.is(told().code, 2);
});

test(
  'options that npm takes for itself, as a -- is forgotten, are refused with the right command line',
  withConfig(shipped, (folder) => {
    const told = (event: string, args: string[], taken: NodeJS.ProcessEnv) =>
      run(folder, args, '', { npm_lifecycle_event: event, ...taken });
    const refused = (event: string, args: string[], taken: NodeJS.ProcessEnv) => {
      const { code, out, err } = told(event, args, taken);
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
