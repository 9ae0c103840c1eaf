/** `diff` on real repositories. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';

const test = suite('diff');
const YAML = `host: registry.example.com
image: registry:3.1.0
overlays:
  tls: { redis: { type: statefulset, replicas: 2 }, ingress: { class: nginx }, tls: { type: cert-manager, issuer: internal } }
  inside: { redis: { type: statefulset, replicas: 2, memory: 256Mi } }
`;

interface Repository {
  folder: string;
  git: (...args: string[]) => string;
  /** Replaces text in registry.yaml. */
  edit: (from: string, to: string) => void;
}

/** Runs with a repository whose first commit is a registry.yaml and its tree. @param below folder in it */
async function withRepository(check: (repository: Repository) => void | Promise<void>, below = ''): Promise<void> {
  await withFolder(async (top) => {
    const folder = join(top, below);
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=it', '-c', 'user.email=it@example.com', ...args], {
        cwd: top,
        encoding: 'utf8',
      });
    git('init', '-q');
    execFileSync('mkdir', ['-p', folder]);
    writeFileSync(join(folder, 'registry.yaml'), YAML);
    assert.is(run(folder, ['generate']).code, 0);
    git('add', '-A');
    git('commit', '-qm', 'first');
    const edit = (from: string, to: string): void => {
      const text = readFileSync(join(folder, 'registry.yaml'), 'utf8');
      assert.ok(text.includes(from));
      writeFileSync(join(folder, 'registry.yaml'), text.replace(from, to));
    };
    await check({ folder, git, edit });
  });
}

test('says what changes, with exit codes by the worst class', () =>
  withRepository(({ folder, edit }) => {
    const same = run(folder, ['diff']);
    assert.equal([same.code, same.err], [0, '']);
    assert.match(same.out, /^Nothing would change in the cluster, from HEAD \(\w{12}\) to registry\.yaml\.\n$/);
    edit('memory: 256Mi', 'memory: 512Mi');
    const rolls = run(folder, ['diff']);
    assert.is(rolls.code, 10);
    assert.match(
      rolls.out,
      /^inside\n {2}~ StatefulSet\/registry-redis in registry {2}rolls pods\n {6}containers\.redis\.resources\.requests\.memory: 256Mi -> 512Mi\n/,
    );
    assert.match(rolls.out, '        - maxmemory 192mb\n        + maxmemory 384mb\n');
    assert.is(run(folder, ['diff', '--fail-on', 'opens-access']).code, 0);
    edit('host: registry', 'host: images');
    assert.is(run(folder, ['diff']).code, 11);
    edit('image: registry:3.1.0', 'image: registry:3.1.2\nstorage: { size: 50Gi }');
    const recreate = run(folder, ['diff']);
    assert.is(recreate.code, 12);
    assert.match(
      recreate.out,
      /all overlays\n {2}~ PersistentVolumeClaim\/registry-data {2}needs recreate\n.*\n {8}to do: take it back/,
    );
    edit('storage: { size: 50Gi }', 'storage: { type: s3, s3: { bucket: images, region: eu-central-1 } }');
    assert.is(run(folder, ['diff']).code, 13);
  }));

test('an overlay that is new runs nowhere yet; one that goes is taken away', () =>
  withRepository(({ folder, edit }) => {
    edit('  inside:', '  outside:');
    const { code, out } = run(folder, ['diff']);
    assert.is(code, 10, out);
    assert.match(out, /outside \(new: nothing of it runs yet\)\n {2}\+ \d+ objects\n/);
    assert.match(out, /inside \(removed\)\n/);
    assert.match(out, '- Deployment/registry in registry  rolls pods: its pods go');
  }));

const DELIVERY = `delivery:
  repository: https://git.example.com/platform/registry.git
  argoCd: { applications: [{ overlay: tls }] }
  flux: { overlays: [inside] }
`;

test('what syncs the overlays is compared like them, in the message of a commit too', () =>
  withRepository(({ folder, git, edit }) => {
    edit('overlays:', `${DELIVERY}overlays:`);
    const added = run(folder, ['diff']);
    assert.is(added.code, 0);
    assert.match(added.out, /delivery\/argo-cd \(new: nothing of it runs yet\)\n {2}\+ 2 objects\n/);
    assert.match(run(folder, ['commit']).out, 'delivery/argo-cd, delivery/flux/inside: new folder');
    assert.is(run(folder, ['diff']).code, 0);
    assert.is(run(folder, ['diff', '--tree']).code, 0);
    edit('git.example.com/platform', 'git.example.org/platform');
    const moved = run(folder, ['diff']);
    assert.is(moved.code, 11, moved.out);
    assert.match(moved.out, /delivery\/argo-cd\n {2}~ AppProject\/registry in argocd {2}opens access\n/);
    assert.match(
      moved.out,
      'source.repoURL: https://git.example.com/platform/registry.git -> https://git.example.org/platform/registry.git  opens access: it decides what is applied',
    );
    assert.match(
      moved.out,
      /delivery\/flux\/inside\n {2}~ GitRepository\/registry-inside in registry {2}opens access\n/,
    );
    const message = run(folder, ['commit']).out;
    assert.match(
      message,
      'GitRepository registry-inside url https://git.example.com/platform/registry.git -> https://git.example.org/platform/registry.git',
    );
    assert.not.match(message, 'nothing changes');
    edit('{ overlay: tls }', '{ overlay: tls, clusters: [one, two] }');
    const clusters = run(folder, ['diff']);
    assert.is(clusters.code, 11);
    assert.match(clusters.out, '+ ApplicationSet/registry-tls in argocd');
    git('checkout', '-q', '.');
    edit('memory: 256Mi', 'memory: 512Mi');
    assert.match(
      run(folder, ['diff', 'HEAD~1']).out,
      /From HEAD~1 \(\w+\) to registry.yaml: \d+ objects in \d of 4 overlays and folders of the delivery \(/,
    );
  }));

test('for a pull request as Markdown, and for programs as JSON', () =>
  withRepository(({ folder, edit }) => {
    edit('memory: 256Mi', 'memory: 512Mi');
    const markdown = run(folder, ['diff', '--format', 'markdown']);
    assert.is(markdown.code, 10);
    assert.match(markdown.out, /^### Registry: \*\*rolls pods\*\*\n\ninside: redis memory 256Mi -> 512Mi/);
    assert.match(
      markdown.out,
      '| ~ StatefulSet/registry-redis in registry | containers.redis.resources.requests.memory | `256Mi` | `512Mi` | rolls pods |',
    );
    const json = JSON.parse(run(folder, ['diff', '--format', 'json']).out);
    assert.equal(
      [json.class, json.overlays.map(({ overlay }: { overlay: string }) => overlay)],
      ['rolls-pods', ['inside', 'tls']],
    );
    const [field] = json.overlays[0].objects.find(({ kind }: { kind: string }) => kind === 'StatefulSet').fields;
    assert.equal(
      [field.path.at(-1), field.before, field.after, field.class],
      ['memory', '256Mi', '512Mi', 'rolls-pods'],
    );
  }));

test('values are shown as they are, and neither a terminal nor Markdown obeys them', () =>
  withRepository(({ folder, edit }) => {
    const annotations = {
      'x/pipe': 'a\\|b',
      'x/end': 'one\rtwo',
      'x/less': 'a<b>',
      'x/call': '@name ![i](http://example.com/i) `',
      'x/escape': '\u001b[31mred',
    };
    edit('class: nginx', `class: nginx, annotations: ${JSON.stringify(annotations)}`);
    const text = run(folder, ['diff']).out;
    assert.match(text, 'metadata.annotations[x/escape]: (none) -> \\x1b[31mred');
    assert.match(text, '(none) -> one\\x0dtwo');
    assert.not.match(text, /[\u001b\r]/);
    const markdown = run(folder, ['diff', '--format', 'markdown']).out;
    assert.not.match(markdown, /[\u001b\r]/);
    const rows = markdown.split('\n').filter((line) => line.startsWith('| ~ Ingress'));
    assert.is(rows.length, 5);
    // As GitHub splits a row: a backslash takes the next character along.
    for (const row of rows) assert.is(row.replace(/\\[^\w\s]/g, '').split('|').length, 7, row);
    const after = (name: string): string => rows.find((row) => row.includes(name))!.split(' | ')[3]!;
    assert.equal(
      ['pipe', 'end', 'less'].map((name) => after(`x/${name}`)),
      ['<code>a&#92;&#124;b</code>', '`one\\x0dtwo`', '`a<b>`'],
    );
    assert.match(after('x/call'), /^<code>&#64;name &#33;/);
    const [, , summary] = markdown.split('\n');
    assert.not.match(summary!, /@name|!\[|:\/\/|[^\\]`/);
    assert.not.match(
      run(folder, ['commit', '--dry-run']).out.replace(/\u001b\[\d+m[+~-]\u001b\[\d+m/g, ''),
      /[\u001b\r]/,
    );
  }));

test('between commits, from the tree on disk, in a folder below, and without a registry.yaml', () =>
  withRepository(({ folder, git, edit }) => {
    edit('image: registry:3.1.0', 'image: registry:3.1.2');
    run(folder, ['generate']);
    assert.match(run(folder, ['diff', '--tree']).out, 'Nothing would change in the cluster, from the tree on disk');
    git('commit', '-qam', 'second');
    for (const revisions of [['HEAD~1', 'HEAD'], ['HEAD~1..HEAD'], ['HEAD~1..'], ['HEAD~1']]) {
      const { code, out } = run(folder, ['diff', ...revisions]);
      assert.is(code, 10);
      assert.match(out, 'containers.registry.image: registry:3.1.0 -> registry:3.1.2');
    }
    assert.match(run(folder, ['diff', 'HEAD', 'HEAD~1']).out, 'registry:3.1.2 -> registry:3.1.0');
    assert.is(run(folder, ['diff', 'HEAD~1', '--overlay', 'tls']).out.split('\n')[0], 'tls');
    rmSync(join(folder, 'registry.yaml'));
    writeFileSync(
      join(folder, 'base/service.yaml'),
      readFileSync(join(folder, 'base/service.yaml'), 'utf8').replace('type: ClusterIP', 'type: LoadBalancer'),
    );
    const fork = run(folder, ['diff']);
    assert.equal([fork.code, fork.err], [11, ''], fork.out);
    const mistyped = run(folder, ['diff', '--config', 'registry.yml']);
    assert.equal([mistyped.code, mistyped.out], [2, '']);
    assert.match(mistyped.err, 'registry.yml: there is no such file');
    assert.match(fork.out, /Service\/registry {2}opens access: a Service of type LoadBalancer leads in from outside\n/);
  }, 'clusters/our own'));

test('of a fleet, the registries that change', () =>
  withRepository(({ folder, git }) => {
    for (const name of ['one', 'two']) {
      execFileSync('mkdir', ['-p', join(folder, 'registries', name)]);
      writeFileSync(join(folder, 'registries', name, 'registry.yaml'), `name: ${name}\n${YAML}`);
    }
    rmSync(join(folder, 'registry.yaml'));
    assert.is(run(folder, ['generate']).code, 0);
    git('add', '-A');
    git('commit', '-qm', 'second');
    assert.is(run(folder, ['diff']).out, '0 of 2 registries change.\n');
    writeFileSync(join(folder, 'registries/two/registry.yaml'), `name: two\n${YAML.replace('256Mi', '512Mi')}`);
    const { code, out } = run(folder, ['diff']);
    assert.is(code, 10);
    assert.match(
      out,
      /^registries\/two\/registry\.yaml\n\ninside\n {2}~ StatefulSet\/two-redis in registry {2}rolls pods\n[^]*\n1 of 2 registries change\.\n$/,
    );
    const { registries } = JSON.parse(run(folder, ['diff', '--format', 'json']).out);
    assert.equal(
      registries.map((one: { registry: string; class: string }) => [one.registry, one.class]),
      [
        ['registries/one/registry.yaml', 'safe'],
        ['registries/two/registry.yaml', 'rolls-pods'],
      ],
    );
    writeFileSync(join(folder, 'registries/one/registry.yaml'), 'replicas: many\n');
    const wrong = run(folder, ['diff']);
    assert.is(wrong.code, 2);
    assert.match(wrong.err, /^registries\/one\/registry\.yaml:1:11: /);
    assert.match(wrong.out, 'registries/two/registry.yaml');
  }));

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

test('--live: who may not ask is told so, and nothing else', () =>
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

test('mistakes are told, with the way out', () =>
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
