import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { rules, schemaRules } from '../../generator/checks/index.js';
import { fieldsOfSchema } from '../../generator/config/index.js';
import { subjectOf } from '../../generator/cli/explain/subject.js';
import { shipped } from '../support/config.js';
import { run } from '../support/cli.js';
import { readFiles, withFolder } from '../support/folder.js';

const test = suite('explain');
const explain = (folder: string, ...args: string[]) => run(folder, ['explain', ...args]);
const withShipped = (check: (folder: string) => void) => () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), shipped);
    check(folder);
  });

test('every field and every rule can be asked for by its name', () => {
  const ids = [...rules, ...schemaRules].map(({ id }) => id);
  for (const { path } of fieldsOfSchema())
    assert.is(subjectOf(ids.includes(path) ? `field:${path}` : path).kind, 'field', path);
  for (const id of ids) assert.is(subjectOf(`rule:${id}`).kind, 'rule', id);
});

test(
  'a field is reported with its values and their lines, what another value changes, and the rules',
  withShipped((folder) => {
    const { code, out, err } = explain(folder, 'redis.type');
    assert.equal([code, err], [0, '']);
    assert.match(out, /^redis\.type: Type\n {2}one of none, sidecar, statefulset; default none\n/);
    const line = shipped.split('\n').indexOf('      type: statefulset') + 1;
    assert.match(out, new RegExp(`statefulset  registry.yaml:${line}:7  statefulset-redis, no-tls, tls\n`));
    assert.match(out, '  none -> sidecar, in base:\n    ~ Deployment/registry [rolls-pods]\n');
  }),
);

test(
  'of long lists the items that differ are printed, and what is the same in other overlays once',
  withShipped((folder) => {
    const { out } = explain(folder, 'redis.type');
    assert.match(
      out,
      /containers\.collect\.args: \d+ -> \d+ items: added --redis, registry-redis-0\.registry-redis:6379, /,
    );
    assert.match(out, 'initContainers.redis: none -> {"name":"redis"');
    assert.match(out, 'statefulset -> none, in no-tls, tls: the same as in statefulset-redis\n');
  }),
);

test(
  'a field of an overlay is reported of that overlay alone',
  withShipped((folder) => {
    const one = JSON.parse(explain(folder, 'overlays.tls.redis.memory', '--json').out);
    assert.equal(
      one.here.values.map(({ variant }: { variant: string }) => variant),
      ['tls'],
    );
    assert.equal(JSON.parse(explain(folder, 'redis.memory', '--overlay', 'tls', '--json').out), one);
    assert.match(
      explain(folder, 'redis.memory', '--overlay', 'tsl').err,
      'there is no overlay "tsl" in registry.yaml; did you mean "tls"?',
    );
    assert.is(explain(folder, 'overlays.tsl.redis.memory').code, 2);
  }),
);

test(
  'a value of a file of defaults has its place there, and what another would change is asked with it',
  withShipped((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), 'defaults: shared.yaml\noverlays:\n  eu:\n    replicas: 4\n');
    writeFileSync(join(folder, 'shared.yaml'), 'redis:\n  type: statefulset\n  memory: 1Gi\n');
    const { here } = JSON.parse(explain(folder, 'redis.memory', '--json').out);
    assert.equal(
      here.values.map(({ value, place }: { value: string; place: object }) => [value, place]),
      Array(2).fill(['1Gi', { file: 'shared.yaml', line: 3, column: 3, path: 'redis.memory' }]),
    );
    assert.equal(
      here.effects.map(
        ({ from, to, objects }: { from: string; to: string; objects: { object: { kind: string } }[] }) => [
          from,
          to,
          objects.map(({ object }) => object.kind),
        ],
      ),
      [['1Gi', '512Mi', ['StatefulSet', 'ConfigMap']]],
    );
  }),
);

test(
  'what syncs overlays keeps no field from being asked what it does',
  withShipped((folder) => {
    const delivery =
      'delivery:\n  repository: https://git.example.com/registry.git\n  argoCd:\n    applications:\n      - overlay: tls\n';
    writeFileSync(join(folder, 'registry.yaml'), `${shipped}${delivery}`);
    assert.match(explain(folder, 'replicas').out, 'replicas: 2 -> 1');
    const { out } = explain(folder, 'delivery.repository');
    assert.match(out, 'https://git.example.com/registry.git  registry.yaml:');
    assert.match(out, 'Objects in the folder delivery alone');
  }),
);

test(
  'an item of a list and a key of a map are reported as the list and the map',
  withShipped((folder) => {
    assert.match(explain(folder, 'ingress.allowFrom[0].cidr').out, /^ingress\.allowFrom\[\]\.cidr: /);
    assert.match(explain(folder, 'checks.ignore.plain-http-login').out, /^checks\.ignore: /);
  }),
);

test(
  'a rule is reported with where it is broken, where it may be, and by which line',
  withShipped((folder) => {
    const { out } = explain(folder, 'plain-http-login');
    const line = shipped.split('\n').findIndex((text) => text.includes('plain-http-login:')) + 1;
    assert.match(out, 'Only where there is an exception.');
    assert.match(out, /overlays\/no-tls\/.*\.yaml:\d+:\d+: error: /);
    assert.match(out, new RegExp(`registry\\.yaml:${line}:9: plain-http-login: For a private network only`));
    assert.match(explain(folder, 'gc-cache').out, 'Nothing breaks it.');
    writeFileSync(join(folder, 'registry.yaml'), 'host: registry.example.com\ningress:\n  class: nginx\n');
    const broken = JSON.parse(explain(folder, 'plain-http-login', '--json').out);
    assert.equal(
      [broken.severity, broken.here.broken.length, broken.here.broken[0].cause.field, broken.here.exceptions],
      ['error', 1, 'ingress.class', []],
    );
    writeFileSync(join(folder, 'registry.yaml'), 'checks:\n  ignore:\n    plain-http-login: A private network.\n');
    assert.match(explain(folder, 'plain-http-login').out, '(nothing needs it any more)');
  }),
);

test(
  'an object is reported with its feature, its fields, its overlays and its files, as the tree has them',
  withShipped((folder) => {
    run(folder, ['generate']);
    const tree = readFiles(folder, ['registry.yaml', '.registry-gitops.sha256']);
    for (const name of [
      'Deployment/registry',
      'StatefulSet/registry-redis',
      'NetworkPolicy/registry',
      'Ingress/registry',
    ]) {
      const [kind, own] = name.split('/');
      const files = Object.entries(tree).flatMap(([path, text]) =>
        path.endsWith('.yaml') &&
        parseAllDocuments(text).some(
          (document) => document.get('kind') === kind && document.getIn(['metadata', 'name']) === own,
        )
          ? [path]
          : [],
      );
      const answer = JSON.parse(explain(folder, name, '--json').out);
      // Ingress is in two overlays, and is a file of its own in both.
      assert.equal(answer.files, files.sort(), name);
      assert.equal(answer.variants, [...new Set(answer.variants)]);
      for (const variant of answer.variants)
        assert.match(run(folder, ['build', variant]).out, new RegExp(`kind: ${kind}\n`));
    }
  }),
);

test(
  'a value of an object is reported with its line, its comment, and the one field that gives it',
  withShipped((folder) => {
    run(folder, ['generate']);
    const answer = JSON.parse(explain(folder, 'deployment/registry:spec.replicas', '--json').out);
    assert.equal(
      [answer.value, answer.variant, answer.features.map(({ feature }: { feature: string }) => feature)],
      [2, 'base', ['workload']],
    );
    assert.is(
      readFileSync(join(folder, answer.place.file), 'utf8').split('\n')[answer.place.line - 1]!.trim(),
      'replicas: 2',
    );
    assert.equal(
      answer.fields.map(({ field, place }: { field: string; place: { line: number } }) => [field, place.line]).at(-1),
      ['replicas', shipped.split('\n').indexOf('replicas: 2') + 1],
    );
    assert.match(
      explain(folder, 'Deployment/registry:spec.template.spec.containers[0].startupProbe').out,
      '/v2/ would answer 401',
    );
    assert.match(
      explain(folder, 'Deployment/registry:spec.replicaz').err,
      'Deployment/registry has no spec.replicaz; did you mean "replicas"?',
    );
    assert.match(explain(folder, 'Deployment/registry:spec..x').err, 'is no path into an object');
  }),
);

test('no tree is needed, and for fields and rules no registry.yaml', () =>
  withFolder((folder) => {
    for (const subject of ['redis.memory', 'gc-cache']) {
      const { code, out } = explain(folder, subject);
      assert.is(code, 0);
      assert.not.match(out, /\nHere|\nValue/);
      assert.is(JSON.parse(explain(folder, subject, '--json').out).here, null);
    }
    assert.equal(
      [explain(folder, 'Deployment/registry').code, explain(folder, 'redis.memory', '--config', 'x.yaml').code],
      [2, 2],
    );
    assert.equal(readFiles(folder), {});
  }));

test('where registry.yaml is wrong, what is always so is reported, and then what is wrong', () =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'registry.yaml'), 'replica: 2\n');
    const { code, out, err } = explain(folder, 'replicas');
    assert.equal([code, err], [2, 'registry.yaml:1:1: replica: unknown field "replica"; did you mean "replicas"?\n']);
    assert.match(out, /^replicas: Replicas\n/);
    const json = explain(folder, 'replicas', '--json');
    assert.equal([json.code, JSON.parse(json.out).problems.length], [2, 1]);
    rmSync(join(folder, 'registry.yaml'));
  }));

test(
  'what there is not is reported with the nearest that there is, and what there is twice with both',
  withShipped((folder) => {
    const reported = (subject: string) => explain(folder, subject);
    assert.match(reported('redis.memmory').err, 'did you mean "redis.memory"?');
    assert.match(reported('memory').err, 'did you mean "resources.memory" or "redis.memory"?');
    assert.match(reported('gc-cach').err, 'did you mean "gc-cache"?');
    assert.match(reported('Deployment/registri').err, 'did you mean "Deployment/registry"?');
    assert.match(reported('resources').err, 'say field:resources or rule:resources');
    assert.equal(
      [
        reported('redis.memmory').code,
        reported('Deployment/registri').code,
        reported('resources').code,
        reported('rule:resources').code,
      ],
      [2, 2, 2, 0],
    );
  }),
);

test.run();
