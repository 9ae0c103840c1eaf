/** Manifests of every type that registries take, and what clients may make of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isDigest } from '../../generator/collector/layout.mjs';
import { type References, referencesOf } from '../../generator/collector/references.mjs';
import { digestOf } from '../support/collector/registry-folder.js';

const test = suite('references');
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((text) => digestOf(text)) as [string, string, string, string];
const of = (content: object | string): References =>
  referencesOf(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));
const usedBy = (content: object | string): string[] => of(content).uses.sort();

test('an image uses its layers and its configuration', () => {
  const image = of({ config: { digest: A }, layers: [{ digest: B }, { digest: C, urls: ['https://example.com/c'] }] });
  assert.equal(image.uses.sort(), [A, B, C].sort());
  assert.equal(image.mentions, []);
  assert.is(image.subject, undefined);
});

test('an index uses its manifests, those of an index in it too', () => {
  assert.equal(usedBy({ manifests: [{ digest: A }, { manifests: [{ digest: B }] }] }), [A, B].sort());
});

test('the parts of an index are its manifests, and none further inside', () => {
  const { parts } = of({
    Manifests: [{ digest: A }, { manifests: [{ digest: B }] }, null, {}],
    layers: [{ digest: C }],
  });
  assert.equal(parts, [A]);
  assert.equal(of({ manifests: { digest: A } }).parts, []);
});

test('Docker schema 1 and the artifact manifest name their blobs elsewhere', () => {
  assert.equal(usedBy({ schemaVersion: 1, fsLayers: [{ blobSum: A }, { blobSum: B }] }), [A, B].sort());
  assert.equal(usedBy({ blobs: [{ digest: A }], subject: { digest: B } }), [A]);
});

test('keys are read in any case, by the rules of Go', () => {
  assert.equal(usedBy({ LAYERS: [{ DIGEST: A }, { 'dige\u017ft': B }, { BlobSum: C }] }), [A, B, C].sort());
  assert.is(of({ Subject: { Digest: A } }).subject, A);
  assert.is(of({ '\u017fubject': { digest: A } }).subject, A);
});

test('of two values with one key, both count', () => {
  const { uses, mentions } = of(`{"layers":[{"digest":"${A}","digest":"${B}"}],"layers":[{"digest":"${C}"}]}`);
  assert.equal(uses, [C]);
  assert.equal(mentions.sort(), [A, B].sort());
});

test('escaped digests are digests', () => {
  const escaped = A.replace(':', '\\u003a').replace('s', '\\u0073').replace('256', '25\\u0036');
  assert.equal(usedBy(`{"layers":[{"digest":"${escaped}"}]}`), [A]);
  const twice = of(`{"layers":[{"digest":"${escaped}","digest":"${B}"}]}`);
  assert.equal(twice.mentions, [A]);
});

test('a subject is no use: referrers follow it', () => {
  const referrer = of({ layers: [{ digest: A }], subject: { mediaType: 'x', digest: B } });
  assert.equal(referrer, { uses: [A], parts: [], mentions: [], subject: B });
  const both = of({ layers: [{ digest: B }], subject: { digest: B } });
  assert.equal(both, { uses: [B], parts: [], mentions: [], subject: B });
  assert.is(of({ subject: {} }).subject, undefined);
  assert.is(of({ subject: null }).subject, undefined);
  assert.is(of({ subject: { digest: 'latest' } }).subject, undefined);
});

test('a subject further inside is a use', () => {
  assert.equal(of({ manifests: [{ subject: { digest: A } }] }), {
    uses: [A],
    parts: [],
    mentions: [],
    subject: undefined,
  });
});

test('what annotations say is mentioned, not used', () => {
  const { uses, mentions } = of({
    annotations: { base: A, text: `first line\n${B}, or app@${C}`, digest: D },
    layers: [{ annotations: { digest: A } }],
  });
  assert.equal(uses, []);
  assert.equal(mentions.sort(), [A, B, C, D].sort());
});

test('other algorithms are known', () => {
  const [long, middle] = [digestOf('a', 'sha512'), digestOf('a', 'sha384')];
  assert.equal(usedBy({ layers: [{ digest: long }, { digest: middle }] }), [long, middle].sort());
  assert.equal(of({ annotations: { long, middle } }).mentions.sort(), [long, middle].sort());
  const other = `blake3:${'0'.repeat(64)}`;
  assert.equal(usedBy({ layers: [{ digest: other }] }), [other]);
});

test('a digest that was cut short is none', () => {
  assert.ok(isDigest(A));
  assert.not.ok(isDigest(A.slice(0, -1)));
  assert.not.ok(isDigest(`${A}0`));
  assert.not.ok(isDigest(digestOf('a', 'sha512').slice(0, -8)));
  assert.not.ok(isDigest(A.toUpperCase()));
  assert.equal(usedBy({ layers: [{ digest: A.slice(0, 60) }] }), []);
});

test('what is no JSON mentions what is in it', () => {
  assert.equal(of(`sha256 ${A} {`), { uses: [], parts: [], mentions: [A], subject: undefined });
  assert.equal(of(''), { uses: [], parts: [], mentions: [], subject: undefined });
  assert.equal(of('null'), { uses: [], parts: [], mentions: [], subject: undefined });
});

test('a manifest that is nested as deep as the registry takes it can be read', () => {
  const depth = 9990;
  assert.equal(usedBy(`{"x":${'['.repeat(depth)}{"digest":"${A}"}${']'.repeat(depth)}}`), [A]);
});

test('the largest manifests are read at once, whatever is in them', () => {
  const size = 4_000_000;
  const begun = performance.now();
  for (const part of ['a', 'a-', 'sha256:', 'sha256:0', `${'0'.repeat(32)}:`, '\\u003a'])
    of(`{"config":{"digest":"${part.repeat(size / part.length)}"}}`);
  assert.ok(performance.now() - begun < 20_000, `${performance.now() - begun} ms`);
});

test.run();
