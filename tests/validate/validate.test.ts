/** `validate` on what anyone wrote: what it reads, what it reports, where, with which exit code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { withFiles, POD, MISSPELT, SERVICE, find } from './inputs.js';

const test = suite('validate');

test('without a path it checks the tree that is here', () => {
  const { code, out, err } = run(process.cwd(), ['validate']);
  assert.equal([code, err], [0, '']);
  assert.match(out, /^Nothing found: \d+ objects of 5 units\.\n$/);
});

test(
  'a file: place, object, field, what is wrong, the rule, and what to do',
  withFiles({ 'all.yaml': `${POD}---\n${MISSPELT}` }, (folder) => {
    const line = `${POD}---\n${MISSPELT}`.split('\n').findIndex((text) => text.includes('prot:')) + 1;
    const { code, out } = run(folder, ['validate', 'all.yaml']);
    assert.is(code, 1);
    assert.is(
      out,
      `all.yaml:${line}:7: error: Service/web: spec.ports[0].prot: unknown field "prot"; did you mean "port"? [unknown-field]\n  ${out.split('\n')[1]!.trim()}\n1 error and 0 warnings in 3 objects of 1 unit.\n`,
    );
  }),
);

test(
  'a folder: its files are judged together, others passed over, and said',
  withFiles(
    {
      'a/pod.yaml': POD,
      'a/b/service.yml': SERVICE,
      'a/list.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'shop' } }],
      }),
      'a/values.yaml': 'x: 1\n',
      'a/notes.txt': 'no YAML: [',
    },
    (folder) => {
      assert.equal(run(folder, ['validate', 'a']), {
        code: 0,
        out: 'Nothing found: 4 objects of 1 unit, 1 file without Kubernetes objects passed over.\n',
        err: '',
      });
      writeFileSync(join(folder, 'a/pod.yaml'), POD.replaceAll('app: web', 'app: shop'));
      const { findings } = find(folder, 'a');
      assert.equal(
        findings.map(({ rule, place }) => [rule, place!.file, place!.line]),
        [['service-pods', 'a/b/service.yml', 7]],
      );
    },
  ),
);

test(
  'a place in a List of a JSON file',
  withFiles(
    {
      'list.json':
        '{\n  "apiVersion": "v1", "kind": "List",\n  "items": [\n    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"},\n     "dat": {}}\n  ]\n}\n',
    },
    (folder) => {
      const [finding] = find(folder, 'list.json').findings;
      assert.equal([finding!.rule, finding!.place], ['unknown-field', { file: 'list.json', line: 5, column: 6 }]);
    },
  ),
);

test('standard input', () =>
  withFolder((folder) => {
    const { code, out } = run(folder, ['validate', '-', '--external', 'Pod/web'], MISSPELT);
    assert.is(code, 1);
    assert.match(out, /^standard input:11:7: error: Service\/web: spec\.ports\[0\]\.prot: /m);
    assert.match(
      run(folder, ['validate', '-'], '').out,
      'standard input:1:1: error: there are no Kubernetes objects in it [invalid-yaml]',
    );
  }));

test(
  'several files are one unit, several overlays are several',
  withFiles({ 'pod.yaml': POD, 'service.yaml': SERVICE }, (folder) => {
    assert.match(run(folder, ['validate', 'pod.yaml', 'service.yaml']).out, 'Nothing found: 3 objects of 1 unit.');
  }),
);

test(
  'what is no YAML, no object, or half a one is reported at its line',
  withFiles(
    {
      'tab.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n',
      'twice.yaml': 'apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: { name: x }\n',
      'conflict.yaml': '<<<<<<< HEAD\napiVersion: v1\n=======\n>>>>>>> x\n',
      'kindless.yaml': 'apiVersion: v1\nmetadata:\n  name: x\n',
      'plain.yaml': 'hello\n',
    },
    (folder) => {
      for (const [file, line, words] of [
        ['tab.yaml', 4, 'a tab indents this line'],
        ['twice.yaml', 3, 'the key is there twice'],
        ['conflict.yaml', 1, 'there is a merge conflict'],
        ['kindless.yaml', 1, '"kind" is missing'],
        ['plain.yaml', 1, 'this is no Kubernetes object'],
      ] as const) {
        const { code, out, err } = run(folder, ['validate', file]);
        assert.equal([code, err], [1, ''], file);
        assert.match(out, `${file}:${line}:`);
        assert.match(out, words);
      }
    },
  ),
);

test(
  'wrong paths and options: what is wrong, in a line, and the exit code',
  withFiles(
    { 'service.yaml': SERVICE, 'empty/x.txt': '', 'broken-crd.yaml': 'kind: CustomResourceDefinition\nspec: [\n' },
    (folder) => {
      const cases: [args: string[], code: number, words: string][] = [
        [['nowhere.yaml'], 3, 'nowhere.yaml: there is no such file or folder'],
        [['empty'], 3, 'empty: there are no Kubernetes objects in it'],
        [
          [],
          2,
          'name what to check: a folder, a file, an overlay, or - for standard input (there is no registry.yaml here)',
        ],
        [['service.yaml', '--format', 'xml'], 2, '--format xml: expected one of text, json, sarif, github'],
        [
          ['service.yaml', '--kubernetes-version', '1.20'],
          2,
          '--kubernetes-version 1.20: there are schemas for Kubernetes 1.32 to 1.37',
        ],
        [
          ['service.yaml', '--kubernetes-version', 'latest'],
          2,
          '--kubernetes-version latest: expected a minor such as 1.34, or a range such as 1.33-1.36',
        ],
        [
          ['service.yaml', '--kubernetes-version', '1.37-1.33'],
          2,
          '--kubernetes-version 1.37-1.33: the older minor comes first: 1.33-1.37',
        ],
        [
          ['service.yaml', '--external', 'Secret'],
          2,
          '--external Secret: expected Kind/name, such as Secret/registry-secrets',
        ],
        [['service.yaml', '--crd', 'no.yaml'], 2, '--crd no.yaml: '],
        [['service.yaml', '--crd', 'broken-crd.yaml'], 2, '--crd broken-crd.yaml: '],
        [['service.yaml', '--previous', 'no'], 3, 'no: there is no such file or folder'],
        [['service.yaml', '--config', 'no.yaml'], 2, 'no.yaml: there is no such file'],
      ];
      for (const [args, code, words] of cases) {
        const result = run(folder, ['validate', ...args]);
        assert.equal([result.code, result.out, result.err.trim().split('\n').length], [code, '', 1], args.join(' '));
        assert.match(result.err, words);
      }
    },
  ),
);

test(
  'a warning alone is no failure',
  withFiles(
    { 'endpoints.yaml': 'apiVersion: v1\nkind: Endpoints\nmetadata:\n  name: x\n  namespace: shop\n' },
    (folder) => {
      const { code, out } = run(folder, ['validate', 'endpoints.yaml']);
      assert.is(code, 0);
      assert.match(
        out,
        'endpoints.yaml:1:13: warning: Endpoints/x: apiVersion: v1/Endpoints is deprecated since Kubernetes 1.33 [deprecated-api]\n  write apiVersion: discovery.k8s.io/v1, kind: EndpointSlice\n',
      );
      assert.match(out, '0 errors and 1 warning in');
    },
  ),
);

test.run();
