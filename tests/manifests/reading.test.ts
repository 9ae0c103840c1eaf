/** Files as kubectl and kustomize read them: what they cannot read is reported at its place, what they can is read the same. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ManifestFile } from '../../generator/manifests/document.js';
import { type LoadedUnit, ManifestError, readUnits } from '../../generator/manifests/index.js';
import { withFolder, writeFiles } from '../support/folder.js';

const test = suite('reading manifests');
const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n';
const read = (path: string): Promise<LoadedUnit[]> =>
  readUnits({
    paths: [path],
    readStandardInput: () => assert.unreachable() as never,
    kustomize: () => assert.unreachable() as never,
    known: () => [],
  });

const unreadable: Record<string, [text: string, place: string, message: string]> = {
  'a tab': ['a:\n\tb: 1\n', '2:1', 'a tab indents this line; YAML takes spaces only'],
  'a key that is there twice': [
    'a: 1\nb: 2\na: 3\n',
    '3:1',
    'the key is there twice; kustomize refuses that, and kubectl takes the last one',
  ],
  'a merge conflict': ['a: 1\n<<<<<<< HEAD\nb: 2\n', '2:1', 'there is a merge conflict in the file; resolve it'],
  'a control character': ['a: 1\nb: "x\u0001"\n', '2:6', 'YAML allows no control character such as U+0001'],
  'a binary file': ['\u007fELF\0', '1:1', 'the file is not text in UTF-8'],
  'an anchor that contains itself': ['a: &x\n  b: *x\n', '2:6', 'the anchor &x contains itself'],
  'an alias without an anchor': ['a: 1\nb: *nope\n', '2:4', 'there is no anchor &nope'],
  'a merge of no map': ['a:\n  <<: 5\n', '2:7', '<< takes a map, or a list of maps'],
  'a key that is a list': ['a:\n  ? [b, c]\n  : d\n', '2:5', 'a key has to be text; a map or a list is none'],
  'a template in a value': [
    'a: 1\nb: {{ .Values.b }}\n',
    '2:4',
    'this is a template; check what `helm template` makes of it',
  ],
  'a template around all': [
    '{{- if .Values.x }}\na: 1\n{{- end }}\n',
    '1:1',
    'this is a template; check what `helm template` makes of it',
  ],
  'YAML of another version': ['%YAML 1.2\n---\na: 1\n', '1:1', 'kubectl reads YAML 1.1, not 1.2; remove the directive'],
};

for (const [name, [text, place, message]] of Object.entries(unreadable)) {
  test(`reported: ${name}`, () => {
    const { problems, documents } = new ManifestFile('x.yaml', text);
    assert.equal(
      problems.map((problem) => problem.message.slice(0, message.length)),
      [message],
    );
    assert.is(`${problems[0]!.line}:${problems[0]!.column}`, place);
    assert.equal(
      documents.filter(({ value }) => Object.keys(value as object).length > 1),
      [],
    );
  });
}

test('values as kubectl reads them', () => {
  const { documents, problems } = new ManifestFile(
    'x.yaml',
    'a: 0o644\nb: 0644\nc: yes\nd: 2025-01-31\ne: 1:30\nf: "yes"\ng: &g {h: 1}\ni: *g\n---\n# nothing\n---\nj: ~\n',
  );
  assert.equal(problems, []);
  assert.equal(
    documents.map(({ value }) => value),
    [{ a: 0o644, b: 0o644, c: true, d: '2025-01-31', e: '1:30', f: 'yes', g: { h: 1 }, i: { h: 1 } }, { j: null }],
  );
});

test('lists of any kind are taken apart, an empty one holds nothing', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'x.yaml');
    writeFileSync(
      file,
      `apiVersion: v1\nkind: ConfigMapList\nitems:\n- ${CONFIG_MAP.trim().replaceAll('\n', '\n  ')}\n---\napiVersion: v1\nkind: List\nitems: null\n`,
    );
    const [unit] = await read(file);
    assert.equal([unit!.objects.map(({ kind }) => kind), unit!.problems], [['ConfigMap'], []]);
  }));

test('links that lead in a circle or nowhere, and pipes, are passed over', () =>
  withFolder(async (folder) => {
    writeFiles(folder, [
      ['a/x.yaml', CONFIG_MAP],
      ['b/y.yaml', CONFIG_MAP],
    ]);
    symlinkSync('..', join(folder, 'a/up'));
    symlinkSync('self.yaml', join(folder, 'a/self.yaml'));
    symlinkSync('nowhere.yaml', join(folder, 'a/nowhere.yaml'));
    symlinkSync('../b', join(folder, 'a/other'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'a/pipe.yaml')]);
    const [unit, ...more] = await read(join(folder, 'a'));
    assert.equal([unit!.objects.length, unit!.problems, more], [2, [], []]);
  }));

test('a folder without anything, and a path without anything, are reported', () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, 'empty'));
    for (const [path, words] of [
      ['empty', 'there are no Kubernetes objects in it'],
      ['nowhere', 'there is no such file or folder'],
    ] as const) {
      await read(join(folder, path)).then(
        () => assert.unreachable(),
        (error: Error) => assert.ok(error instanceof ManifestError && error.message.includes(words), error.message),
      );
    }
  }));

test.run();
