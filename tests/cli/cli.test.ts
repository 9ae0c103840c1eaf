/** The commands as they are typed: what they print, write and return. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { configOf, shipped, shippedFiles } from '../support/config.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder } from '../support/folder.js';
import { buildVariant } from '../../generator/plan/index.js';
import { withConfig } from './registry-folder.js';

const test = suite('the command line');

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
    assert.match(out, `Wrote the base and 4 overlays: ${shippedFiles} added, 0 changed, 0 removed, 0 unchanged.`);
    writeFileSync(
      join(folder, 'registry.yaml'),
      shipped.replace('replicas: 2', 'replicas: 3').replace(/  # One Redis in each[^]*?\n\n/, ''),
    );
    const second = run(folder, ['generate']).out;
    assert.match(second, '~ base/deployment.yaml\n');
    assert.match(second, '- overlays/sidecar-redis/kustomization.yaml\n');
    assert.match(second, '0 added, 1 changed, 4 removed');
  }),
);

test(
  'generate --dry-run prints what would change and writes nothing',
  withConfig(shipped, (folder) => {
    const { code, out } = run(folder, ['generate', '--dry-run']);
    assert.is(code, 0);
    assert.match(out, `Would write the base and 4 overlays: ${shippedFiles} added`);
    assert.equal(Object.keys(readFiles(folder)), ['registry.yaml']);
  }),
);

test(
  'a file that was edited by hand is named before it is replaced, and a list of files is no difference of its own',
  withConfig(shipped, (folder) => {
    run(folder, ['generate']);
    const file = join(folder, 'base/deployment.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 2', 'replicas: 9'));
    const warning = 'base/deployment.yaml: warning: it was edited by hand, and ';
    assert.match(run(folder, ['check']).err, `${warning}\`npm run generate\` replaces it; set in registry.yaml`);
    assert.match(run(folder, ['generate', '--dry-run']).err, `${warning}would be written anew`);
    assert.match(run(folder, ['generate']).err, `${warning}is written anew`);
    writeFileSync(join(folder, 'registry.yaml'), shipped.replace('replicas: 2', 'replicas: 3'));
    const { out, err } = run(folder, ['check']);
    assert.match(out, /^--- a\/base\/deployment\.yaml/);
    assert.not.match(out, 'sha256');
    assert.match(err, 'One file is not up to date with registry.yaml');
    assert.not.match(err, 'edited');
    assert.is(run(folder, ['generate']).err, '');
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
    assert.is(result.added.length, shippedFiles + 1);
    assert.equal([result.dryRun, result.changed, result.removed], [false, [], []]);
  }),
);

/** Without a login. */
const OPEN = 'host: registry.example.com\nauth:\n  type: none\ningress:\n  class: nginx\ntls:\n  type: secret\n';

test(
  'what is not safe is refused with its place in the tree and in registry.yaml, and taken with a reason',
  withConfig(OPEN, (folder) => {
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 1);
    assert.match(
      err,
      /^base\/config\/config\.yml:\d+:\d+: error: ConfigMap\/registry-config-\w+: data\["config\.yml"\]: .*\[registry-auth\]\n/,
    );
    assert.match(err, '  from registry.yaml:3:3: auth.type\n');
    assert.match(err, 'Nothing was written.');
    assert.equal(Object.keys(readFiles(folder)), ['registry.yaml']);
    writeFileSync(
      join(folder, 'registry.yaml'),
      `${OPEN}checks:\n  ignore:\n    registry-auth: Only we are on this network.\n`,
    );
    assert.is(run(folder, ['generate']).code, 0);
    writeFileSync(
      join(folder, 'registry.yaml'),
      'checks:\n  ignore:\n    registry-auth: Only we are on this network.\n',
    );
    assert.match(
      run(folder, ['generate']).err,
      'registry.yaml:3:5: warning: checks.ignore.registry-auth: nothing breaks the rule registry-auth any more; remove the exception [unused-exception]',
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

test.run();
