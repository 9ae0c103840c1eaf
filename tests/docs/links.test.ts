/** Links and references between pages lead somewhere. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { placeOf, readPages } from './pages.js';

const test = suite('links of the documentation');
const pages = readPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

test('a link to a file or a section leads to one', () => {
  const wrong = pages.flatMap(({ path, links }) =>
    links
      .filter(({ text }) => !/^(https?|mailto):/.test(text))
      .filter(({ text }) => {
        const [file = '', anchor] = text.split('#', 2);
        const target = file ? normalize(join(dirname(path), file)) : path;
        if (!existsSync(target)) return true;
        return anchor !== undefined && !byPath.get(target)?.anchors.has(anchor);
      })
      .map((link) => `${placeOf(link)}: ${link.text}`),
  );
  assert.equal(wrong, []);
  assert.ok(pages.flatMap(({ links }) => links).length > 80);
});

test('a link to another site is a complete https URL, and none is of a package of this program', () => {
  for (const link of pages.flatMap(({ links }) => links).filter(({ text }) => /^\w+:/.test(text))) {
    const { protocol, hostname, href } = new URL(link.text);
    assert.is(protocol, 'https:', placeOf(link));
    assert.match(hostname, /^[a-z0-9-]+(\.[a-z0-9-]+)+$/, placeOf(link));
    assert.not.match(href, /npmjs\.com\/package\/.*registry-gitops/, `${placeOf(link)}: no such package is published`);
  }
});

test('the index links to every page, and every page says in its first line for whom it is', () => {
  const index = byPath.get('docs/README.md')!;
  const linked = new Set(index.links.map(({ text }) => normalize(join('docs', text))));
  for (const { path, opening } of pages.filter(({ path }) => path.startsWith('docs/'))) {
    if (path !== index.path) assert.ok(linked.has(path), `${path} is not in docs/README.md`);
    assert.match(opening, /^For /, path);
  }
});

test('a page of docs/ that code, messages, schemas or workflows name is there', () => {
  const files = execFileSync(
    'git',
    [
      'ls-files',
      '-z',
      'generator',
      'schemas/*.schema.json',
      'scripts',
      'tests',
      '.github',
      '.ci',
      'registry.yaml',
      'package.json',
    ],
    { encoding: 'utf8' },
  );
  let named = 0;
  for (const file of files.split('\0').filter((file) => file && existsSync(file))) {
    // Addresses of other projects have folders of that name too.
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?<![\w./-])!?(docs\/[\w/-]+\.(?:md|svg))/g)) {
      named++;
      assert.ok(existsSync(path!), `${file} names ${path}`);
    }
  }
  assert.ok(named > 10);
});

test('a file or folder of this repository that a page names is there', () => {
  const ours = pages.filter(({ path }) => !path.startsWith('generator/init/'));
  const named = ours.flatMap(({ codes }) =>
    codes.filter(({ text }) => /^(generator|schemas|scripts|tests|docs|\.ci|\.github)\/[\w./-]*$/.test(text)),
  );
  assert.ok(named.length > 30);
  assert.equal(
    named.filter(({ text }) => !existsSync(text) && !/[A-Z]{2,}/.test(text)).map((at) => `${placeOf(at)}: ${at.text}`),
    [],
  );
});

test.run();
