/** `promote` copies reviewed values between overlays and between registries. */
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';

const test = suite('promote');

const two = `host: registry.example.com
image: registry:3.1.0
overlays:
  # Where changes are tried.
  staging:
    namespace: staging
    image: registry:3.1.1
    replicas: 1
    redis:
      type: statefulset
  # What people use.
  prod:
    namespace: prod   # never change
    drainSeconds: 90
    image: registry:3.1.0 # pinned
`;

function git(folder: string, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
}

const committed = (files: Record<string, string>, check: (folder: string) => void) => () =>
  withFolder((folder) => {
    writeFiles(folder, Object.entries(files));
    git(folder, 'init', '-q');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-qm', 'All');
    check(folder);
  });
const input = (folder: string): string => readFileSync(join(folder, 'registry.yaml'), 'utf8');

test(
  'copies what differs, keeps what makes an environment and every comment, shows the difference, and generates',
  committed({ 'registry.yaml': two }, (folder) => {
    const { code, out, err } = run(folder, ['promote', 'staging', 'prod']);
    assert.equal([code, err], [0, '']);
    assert.match(
      out,
      '-    image: registry:3.1.0 # pinned\n+    image: registry:3.1.1 # pinned\n+    redis:\n+      type: statefulset\n',
    );
    assert.match(out, 'Promoted 3 values in registry.yaml, and wrote the base and 2 overlays');
    assert.is(
      input(folder),
      two
        .replace('    drainSeconds: 90\n', '')
        .replace('3.1.0 # pinned\n', '3.1.1 # pinned\n    redis:\n      type: statefulset\n'),
    );
    assert.is(run(folder, ['check']).code, 0);
    const again = run(folder, ['promote', 'staging', 'prod', '--uncommitted']);
    assert.equal([again.code, again.out], [0, 'Nothing to promote: prod has the values of staging.\n']);
  }),
);

test(
  '--dry-run and --json report what would change, and write nothing',
  committed({ 'registry.yaml': two }, (folder) => {
    const before = readFiles(folder, ['.git']);
    assert.match(
      run(folder, ['promote', 'staging', 'prod', '--dry-run']).out,
      'Would promote 3 values in registry.yaml, and write the base',
    );
    const { promoted, diff, dryRun } = JSON.parse(
      run(folder, ['promote', 'staging', 'prod', '--field', 'image', '--dry-run', '--json']).out,
    );
    assert.equal(promoted, [{ field: 'overlays.prod.image', before: 'registry:3.1.0', after: 'registry:3.1.1' }]);
    assert.match(diff, '+    image: registry:3.1.1 # pinned');
    assert.ok(dryRun);
    assert.equal(readFiles(folder, ['.git']), before);
  }),
);

test(
  'refuses what is not committed, unless that is asked for',
  committed({ 'registry.yaml': two }, (folder) => {
    writeFileSync(join(folder, 'registry.yaml'), two.replace('registry:3.1.1', 'registry:3.1.2'));
    const { code, err } = run(folder, ['promote', 'staging', 'prod']);
    assert.equal(
      [code, err],
      [
        2,
        'registry-gitops: registry.yaml: overlays.staging.image is not committed as it is; commit first, so that others can see it, or promote it all the same with --uncommitted\n',
      ],
    );
    // A comment is no value, and another overlay's values are not promoted.
    writeFileSync(join(folder, 'registry.yaml'), `# New.\n${two.replace('drainSeconds: 90', 'drainSeconds: 91')}`);
    assert.is(run(folder, ['promote', 'staging', 'prod', '--dry-run']).code, 0);
    writeFileSync(join(folder, 'registry.yaml'), two.replace('registry:3.1.1', 'registry:3.1.2'));
    assert.is(run(folder, ['promote', 'staging', 'prod', '--uncommitted']).code, 0);
    assert.match(input(folder), 'image: registry:3.1.2 # pinned');
  }),
);

const edited =
  '\uFEFFhost: registry.example.com\r\noverlays:\r\n  staging:   # staging comment\r\n    storage: {accessMode: ReadWriteMany}\r\n    gc: { deleteUntagged: true }\r\n    image: registry:3.1.0\r\n\r\n\r\n  prod:\r\n    gc: { schedule: "1 2 * * *", timeZone: Europe/Oslo }   # flow gc\r\n';

test(
  'leaves every byte of other lines as it is, and the ends of the lines',
  committed({ 'registry.yaml': edited }, (folder) => {
    assert.is(run(folder, ['promote', 'staging', 'prod']).code, 0);
    assert.is(
      input(folder),
      `${edited.replace('Oslo }', 'Oslo, deleteUntagged: true }')}    image: registry:3.1.0\r\n`,
    );
  }),
);

test(
  'refuses a registry.yaml that is wrong, or would be, and leaves it',
  committed(
    { 'registry.yaml': two.replace('namespace: prod ', 'version: "3.1.0"\n    namespace: prod ') },
    (folder) => {
      const before = readFiles(folder, ['.git']);
      const { code, err } = run(folder, ['promote', 'staging', 'prod', '--field', 'image']);
      assert.is(code, 2);
      assert.match(
        err,
        /with these values registry\.yaml would be wrong, and is as it was:\nregistry\.yaml:\d+:\d+: overlays\.prod\.version: 3\.1\.0 contradicts the tag of the image, 3\.1\.1/,
      );
      assert.equal(readFiles(folder, ['.git']), before);
      writeFileSync(join(folder, 'registry.yaml'), 'replicas: x\n');
      assert.match(run(folder, ['promote', 'staging', 'prod']).err, 'registry.yaml:1:11: replicas:');
    },
  ),
);

test(
  'refuses values with which the checks find something',
  committed(
    { 'registry.yaml': two.replace('    redis:\n      type: statefulset', '    ingress:\n      class: nginx') },
    (folder) => {
      const before = readFiles(folder, ['.git']);
      const { code, err } = run(folder, ['promote', 'staging', 'prod']);
      assert.is(code, 1);
      assert.match(err, '[plain-http-login]');
      assert.match(err, 'Nothing was written: with these values the checks find the above');
      assert.equal(readFiles(folder, ['.git']), before);
    },
  ),
);

test(
  'names the overlay that was meant, and the field',
  committed({ 'registry.yaml': two }, (folder) => {
    const reported = (...args: string[]): [number | null, string] => {
      const { code, err } = run(folder, ['promote', ...args]);
      return [code, err];
    };
    assert.equal(reported('stagin', 'prod'), [
      2,
      'registry-gitops: there is no overlay "stagin" in registry.yaml; did you mean "staging"?\n',
    ]);
    assert.equal(reported('staging', 'base'), [
      2,
      'registry-gitops: there is no overlay "base" in registry.yaml; choose one of prod, staging\n',
    ]);
    assert.equal(reported('prod', 'prod'), [2, 'registry-gitops: prod is promoted to itself; name two overlays\n']);
    assert.equal(reported('staging', 'prod', '--field', 'host'), [
      2,
      'registry-gitops: --field host: this is never copied, as clients reach the environment by it\n',
    ]);
  }),
);

test(
  'between registries copies the top level and the overlays of the same name, and shares defaults',
  committed(
    {
      'registries/defaults.yaml': 'image: registry:3.1.0\n',
      'registries/staging/registry.yaml':
        'defaults: ../defaults.yaml\nname: staging\nimage: registry:3.1.1\noverlays:\n  tls: {redis: {type: statefulset}}\n  mine: {drainSeconds: 5}\n',
      'registries/prod/registry.yaml': '# Prod.\ndefaults: ../defaults.yaml\nname: prod\noverlays:\n  tls: {}\n',
    },
    (folder) => {
      const { code, out, err } = run(folder, ['promote', 'staging', 'registries/prod']);
      assert.equal([code, err], [0, '']);
      assert.is(
        readFileSync(join(folder, 'registries/prod/registry.yaml'), 'utf8').replace(/\s+/g, ' '),
        '# Prod. defaults: ../defaults.yaml name: prod overlays: tls: { redis: { type: statefulset } } image: registry:3.1.1 ',
      );
      assert.match(out, 'Promoted 2 values in registries/prod/registry.yaml');
      assert.match(out, '+ registries/prod/base/deployment.yaml');
      assert.match(
        run(folder, ['promote', 'stagin', 'prod']).err,
        'there is no registry "stagin"; did you mean "staging"?',
      );
      writeFileSync(join(folder, 'registries/defaults.yaml'), 'image: registry:3.1.0\ndrainSeconds: 7\n');
      assert.match(
        run(folder, ['promote', 'staging', 'prod']).err,
        'registries/staging/registry.yaml: drainSeconds, overlays.tls.drainSeconds are not committed as they are',
      );
    },
  ),
);

test(
  'asks the repository that registry.yaml is in, whatever a hook names, and looks behind links',
  committed(
    {
      'registry.yaml': two,
      'shared/real.yaml': 'drainSeconds: 5\n',
      'elsewhere/registry.yaml': 'name: another\n',
    },
    (folder) => {
      const elsewhere = join(folder, 'elsewhere');
      git(elsewhere, 'init', '-q');
      git(elsewhere, 'add', '-A');
      git(elsewhere, 'commit', '-qm', 'Another');
      const environment = { GIT_DIR: join(elsewhere, '.git'), GIT_WORK_TREE: elsewhere };
      assert.is(run(folder, ['promote', 'staging', 'prod', '--dry-run'], '', environment).err, '');
      symlinkSync('shared/real.yaml', join(folder, 'd.yaml'));
      writeFileSync(join(folder, 'registry.yaml'), `defaults: d.yaml\n${two}`);
      git(folder, 'add', 'd.yaml', 'registry.yaml');
      git(folder, 'commit', '-qm', 'A link');
      assert.is(run(folder, ['promote', 'staging', 'prod', '--dry-run']).err, '');
      writeFileSync(join(folder, 'shared/real.yaml'), 'drainSeconds: 6\n');
      assert.match(
        run(folder, ['promote', 'staging', 'prod', '--dry-run']).err,
        'drainSeconds is not committed as it is',
      );
    },
  ),
);

test.run();
