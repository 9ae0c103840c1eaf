import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ManifestFile } from '../../generator/manifests/index.js';
import { messageOf } from '../../generator/publish/commit/message.js';
import { authorOf } from '../../generator/publish/commit/make-commit.js';
import { clearSecrets } from '../../generator/publish/commit/secrets.js';

const test = suite('messages, authors, Secrets');

test('a subject has 72 characters at most, whole changes where they fit, and the body has all', () => {
  const short = 'tls: registry image 3.0.0 -> 3.1.0; statefulset-redis: memory 256Mi';
  assert.is(messageOf(short), `${short}\n`);
  const long =
    'tls, no-tls: registry image 3.0.0 -> 3.1.0, Deployment registry replicas 2 -> 3, and 3 more; sidecar-redis: redis memory 256Mi -> 512Mi';
  assert.is(
    messageOf(long),
    'tls, no-tls: registry image 3.0.0 -> 3.1.0, ...; and 1 more\n\n- tls, no-tls: registry image 3.0.0 -> 3.1.0, Deployment registry replicas 2 -> 3, and 3 more\n- sidecar-redis: redis memory 256Mi -> 512Mi\n',
  );
  for (const text of [
    `overlay: ${'word '.repeat(40)}`,
    `${'x'.repeat(200)}; y`,
    `${Array.from({ length: 40 }, (_, index) => `o${index}`).join(', ')}: a -> b`,
  ]) {
    const [subject, empty, ...body] = messageOf(text).split('\n');
    assert.ok(subject!.length <= 72, subject);
    assert.is(empty, '');
    assert.match(body.join('\n'), text.split('; ')[0]!.trim());
  }
});

test('an author is a name and an address', () => {
  assert.equal(authorOf('Ada Lovelace <ada@example.com>'), { name: 'Ada Lovelace', email: 'ada@example.com' });
  for (const text of ['Ada', '<ada@example.com>', 'Ada <>', 'Ada <a>\nb'])
    assert.throws(() => authorOf(text), /expected "Name <address>"/);
});

test('values of Secrets that can be read are found wherever they stand', () => {
  const places = (text: string): string[] =>
    clearSecrets(new ManifestFile('folder/x.yaml', text), (path) => path === 'folder/a.env').map(
      ({ line, column }) => `${line}:${column}`,
    );
  assert.equal(places('kind: Secret\napiVersion: v1\ndata:\n  a: eA==\nstringData:\n  b: x\n'), ['4:3', '6:3']);
  assert.equal(
    places('kind: List\napiVersion: v1\nitems:\n- kind: Secret\n  apiVersion: v1\n  stringData: { b: x }\n'),
    ['6:17'],
  );
  assert.equal(places('a: 1\n---\nkind: Secret\nstringData:\n  b: x\n'), ['5:3']);
  assert.equal(
    places('kind: Secret\nstringData:\n  b: x\nsops:\n  mac: y\n'),
    ['3:3'],
    'SOPS was reported of it, and did not encrypt it',
  );
  assert.equal(places('secretGenerator:\n- name: a\n  literals: [b=c]\n'), ['3:3']);
  assert.equal(
    places(
      'secretGenerator:\n- name: a\n  envs: [a.env]\n- name: b\n  files: [key=./a.env]\n- name: c\n  envs: [elsewhere.env]\n',
    ),
    ['3:3', '5:3'],
    'files that are committed too',
  );
  assert.equal(places('kind: Secret\ndata: {\n  a: x\n'), ['1:1'], 'what cannot be read is no way around');
  for (const text of [
    'kind: Secret\n',
    'kind: Secret\ndata: {}\n',
    'kind: ExternalSecret\nspec:\n  data: [x]\n',
    'kind: Secret\nstringData:\n  b: ENC[AES256_GCM,x]\nsops: {}\n',
    'kind: Secret\napiVersion: example.com/v1\ndata:\n  a: b\n',
    'kind: ConfigMap\ndata:\n  a: "kind: Secret"\n',
  ])
    assert.equal(places(text), [], text);
});

test.run();
