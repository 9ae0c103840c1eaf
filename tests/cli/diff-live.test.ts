/** `diff` of fleets and of a live cluster, and what it says where it cannot compare. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { withRepository, YAML, type Repository } from './compared-registries.js';

const test = suite('diff: fleets, clusters and mistakes');

test('of a fleet, the registries that one side has no more or not yet', () =>
  withRepository(({ folder, git }) => {
    rmSync(join(folder, 'registry.yaml'));
    const add = (name: string): void => {
      execFileSync('mkdir', ['-p', join(folder, 'registries', name)]);
      writeFileSync(join(folder, 'registries', name, 'registry.yaml'), `name: ${name}\n${YAML}`);
      assert.is(run(folder, ['generate']).code, 0);
    };
    add('oslo');
    add('berlin');
    git('add', '-A');
    git('commit', '-qm', 'two');
    rmSync(join(folder, 'registries/berlin/registry.yaml'));
    assert.is(run(folder, ['diff']).out, '0 of 2 registries change.\n', 'its tree is kept by hand now');
    rmSync(join(folder, 'registries/berlin'), { recursive: true });
    const removed =
      /^registries\/berlin\/registry\.yaml\n\ninside \(removed\)\n[^]*- Deployment\/berlin in registry[^]*\n1 of 2 registries change\.\n$/;
    const of = (...args: string[]): { code: number | null; out: string } => run(folder, ['diff', ...args]);
    assert.match(of().out, removed);
    assert.is(of().code, 10);
    git('commit', '-qam', 'one');
    add('rome');
    git('add', '-A');
    git('commit', '-qm', 'another');
    rmSync(join(folder, 'registries/rome'), { recursive: true });
    assert.match(of('HEAD~2', 'HEAD~1').out, removed);
    assert.match(
      of('HEAD~1..HEAD').out,
      /^registries\/rome\/registry\.yaml\n\ninside \(new: nothing of it runs yet\)\n[^]*\n1 of 2 registries change\.\n$/,
    );
    assert.match(of('HEAD~2', '--format', 'markdown').out, '## registries/berlin/registry.yaml');
    rmSync(join(folder, 'registries'), { recursive: true });
    rmSync(join(folder, 'base'), { recursive: true });
    rmSync(join(folder, 'overlays'), { recursive: true });
    assert.match(of('--config', '.').out, /\n2 of 2 registries change\.\n$/);
    assert.match(of().out, /\n2 of 2 registries change\.\n$/);
    assert.is(of('nope').code, 2);
  }));

/** What a kubectl that only pretends answers, and where it notes what it was sent. */
interface Cluster {
  items: any[];
  others?: any[];
  /** What it says to a dry run of a kind. */
  refusals?: Record<string, string>;
}

const KUBECTL = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const { items, others = [], refusals = {} } = JSON.parse(readFileSync(process.env.CLUSTER, 'utf8'));
const [verb, what] = process.argv.slice(2);
const sent = verb === 'apply' || what === '-f' ? JSON.parse(readFileSync(0, 'utf8')).items : [];
appendFileSync(process.env.CLUSTER + '.sent', sent.map(({ kind }) => kind + '\\n').join(''));
const same = (one, other) => one.kind === other.kind && one.metadata.name === other.metadata.name;
if (verb === 'get') console.log(JSON.stringify({ kind: 'List', items: what === '-f' ? items.filter((item) => sent.some((one) => same(one, item))) : others }));
else if (refusals[sent[0].kind]) { console.error(refusals[sent[0].kind]); process.exit(1); }
else console.log(JSON.stringify({ ...items.find((item) => same(item, sent[0])), ...sent[0] }));
`;

/** Runs with a repository and a cluster that has an overlay of it. @param change is done to what the cluster has */
function withCluster(
  check: (repository: Repository & { live: (...args: string[]) => ReturnType<typeof run>; sent: () => string }) => void,
  change: (cluster: Cluster) => void,
): Promise<void> {
  return withRepository((repository) => {
    const { folder } = repository;
    const items = parseAllDocuments(run(folder, ['build', 'inside']).out).map((document) => document.toJS());
    const cluster: Cluster = { items };
    change(cluster);
    execFileSync('mkdir', ['-p', join(folder, '.git/bin')]);
    writeFileSync(join(folder, '.git/bin/kubectl'), KUBECTL, { mode: 0o755 });
    writeFileSync(join(folder, '.git/cluster.json'), JSON.stringify(cluster));
    const environment = {
      PATH: `${join(folder, '.git/bin')}:${process.env['PATH']}`,
      CLUSTER: join(folder, '.git/cluster.json'),
    };
    check({
      ...repository,
      live: (...args) => run(folder, ['diff', '--live', '--overlay', 'inside', ...args], '', environment),
      sent: () => readFileSync(join(folder, '.git/cluster.json.sent'), 'utf8'),
    });
  });
}

const PATCHING =
  'Error from server (Forbidden): error when applying patch:\n{"data":"it is invalid"}\nto:\nResource: "apps/v1, Resource=deployments"\nfor: "STDIN": error when patching "STDIN": deployments.apps "registry" is forbidden: ';

test('--live: who may not ask gets that answer, and nothing else', () =>
  withCluster(
    ({ live }) => {
      const { code, out, err } = live();
      assert.equal([code, out], [3, '']);
      assert.match(
        err,
        /^registry-gitops: --live asks by a dry run, and whoever asks may not: .*User "ada" cannot patch resource "deployments".*; let it have the right to patch, or compare with a commit\n$/,
      );
    },
    (cluster) =>
      void (cluster.refusals = {
        Deployment: `${PATCHING}User "ada" cannot patch resource "deployments" in API group "apps" in the namespace "registry"`,
      }),
  ));

test('--live: what the API server refuses needs recreate, in its words, and shows what is taken away', () =>
  withCluster(
    ({ live }) => {
      const { code, out } = live();
      assert.is(code, 12, out);
      assert.match(
        out,
        /~ Deployment\/registry in registry {2}needs recreate: the API server refuses it: deployments.apps "registry" is forbidden: exceeded quota\n/,
      );
      assert.match(out, 'metadata.annotations[example.com/gone]: yes -> (none)');
      assert.not.match(out, 'example.com/other');
    },
    (cluster) => {
      const deployment = cluster.items.find(({ kind }) => kind === 'Deployment');
      const applied = JSON.parse(JSON.stringify(deployment));
      applied.metadata.annotations = { 'example.com/gone': 'yes' };
      deployment.metadata.annotations = {
        'example.com/gone': 'yes',
        'example.com/other': 'stays',
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied),
      };
      cluster.refusals = { Deployment: `${PATCHING}exceeded quota` };
    },
  ));

test('--live: a ConfigMap of another hash that is left in the cluster is none', () =>
  withCluster(
    ({ live, edit }) => {
      const same = live();
      assert.is(same.code, 0, same.out);
      edit('image: registry:3.1.0', 'image: registry:3.1.0\nauth: { realm: Images }');
      const { out } = live();
      assert.match(out, 'auth.htpasswd.realm: Registry -> Images');
      assert.not.match(out, 'auth: (none)');
    },
    (cluster) => {
      const map = cluster.items.find(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('registry-config-'),
      );
      const stale = {
        ...map,
        metadata: { ...map.metadata, name: 'registry-config-2222222222' },
        data: { 'config.yml': 'version: 0.1\n' },
      };
      cluster.others = [stale, map, { ...stale, metadata: { ...stale.metadata, name: 'registry-config-4444444444' } }];
    },
  ));

test('a Secret is never asked for, and its values are shown nowhere', () =>
  withCluster(
    ({ folder, git, live, sent }) => {
      const secret = (value: string): void => {
        writeFileSync(
          join(folder, 'base/secret.yaml'),
          `apiVersion: v1\nkind: Secret\nmetadata:\n  name: registry\nimmutable: true\ndata:\n  password: ${value}\nstringData:\n  plain: ${value}\n`,
        );
      };
      writeFileSync(
        join(folder, 'base/kustomization.yaml'),
        readFileSync(join(folder, 'base/kustomization.yaml'), 'utf8').replace(
          'resources:\n',
          'resources:\n  - secret.yaml\n',
        ),
      );
      secret('b25lb25l');
      rmSync(join(folder, 'registry.yaml'));
      git('add', '-A');
      git('commit', '-qm', 'by hand');
      secret('dHdvdHdv');
      assert.is(live().code, 0);
      assert.not.match(sent(), 'Secret');
      for (const format of ['text', 'markdown', 'json']) {
        const { out } = run(folder, ['diff', '--format', format]);
        assert.match(out, '(changed)');
        assert.not.match(out, /b25lb25l|dHdvdHdv/);
      }
    },
    () => {},
  ));

const MISTAKES: [string[], RegExp, number][] = [
  [
    ['nope'],
    /^registry-gitops: there is no commit "nope" here; in a shallow clone fetch it first: git fetch origin nope\n$/,
    2,
  ],
  [
    ['--tree', 'HEAD'],
    /^registry-gitops: --tree and HEAD: there is one thing to compare with; leave out the others\n$/,
    2,
  ],
  [['a', 'b..c'], /^registry-gitops: diff takes two commits at most, not 3: a, b, c\n$/, 2],
  [['--overlay', 'tsl'], /^registry-gitops: there is no overlay "tsl" in registry\.yaml; did you mean "tls"\?\n$/, 2],
  [['--format', 'html'], /^registry-gitops: --format html: expected one of text, markdown, json\n$/, 2],
  [
    ['--fail-on', 'all'],
    /^registry-gitops: --fail-on all: expected one of safe, rolls-pods, opens-access, needs-recreate, deletes-data\n$/,
    2,
  ],
  [['--live'], /^registry-gitops: --live: which overlay does the cluster run\? --overlay says it: inside, tls\n$/, 2],
];

test('mistakes are reported, with the way out', () =>
  withRepository(({ folder, edit }) => {
    for (const [args, message, code] of MISTAKES) {
      const result = run(folder, ['diff', ...args]);
      assert.match(result.err, message);
      assert.equal([result.code, result.out], [code, '']);
    }
    edit('image: registry:3.1.0', 'image: registry:latest');
    const wrong = run(folder, ['diff']);
    assert.equal([wrong.code, wrong.out], [2, '']);
    assert.match(wrong.err, /^registry\.yaml:2:8: image: /);
  }));

test('without git, or without a commit, the tree on disk is there to compare with', () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), YAML);
    run(folder, ['generate']);
    const none = run(folder, ['diff'], '', { GIT_CEILING_DIRECTORIES: join(folder, '..') });
    assert.is(none.code, 3);
    assert.match(none.err, /is in no git repository.*--tree\n$/);
    execFileSync('git', ['init', '-q'], { cwd: folder });
    const unborn = run(folder, ['diff']);
    assert.is(unborn.code, 3);
    assert.match(
      unborn.err,
      /^registry-gitops: nothing is committed here yet; compare with the tree on disk: --tree\n$/,
    );
    assert.is(run(folder, ['diff', '--tree']).code, 0);
  }));

test.run();
