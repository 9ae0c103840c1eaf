/** `diff` between commits, the tree on disk and registry.yaml. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withRepository, YAML } from './compared-registries.js';

const test = suite('diff');

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
    assert.match(rolls.out, '        - maxmemory 128mb\n        + maxmemory 256mb\n');
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

test.run();
