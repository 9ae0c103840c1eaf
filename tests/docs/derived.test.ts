/** What is derived for the documentation follows from schemas, code and the shipped tree. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { derivedFiles } from '../../scripts/docs.js';
import { drawLayers } from '../../scripts/docs/picture.js';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';

const test = suite('what the documentation derives');

test('its derived parts are current', () => {
  for (const { path, text } of derivedFiles()) assert.is(readFileSync(path, 'utf8'), text, `${path}: run npm run docs`);
});

test('the picture shows each overlay of registry.yaml with its comment, what it adds and what it patches', () =>
  withFolder((folder) => {
    const yaml = `host: registry.example.com
overlays:
  # For the <team> & its friends.
  team:
    replicas: 3
  # In front of it.
  open:
    extends: team
    ingress: { class: traefik }
    tls: { type: secret }
`;
    writeFiles(folder, [['registry.yaml', yaml]]);
    assert.is(run(folder, ['generate']).code, 0);
    const picture = drawLayers(folder);
    const texts = [...picture.matchAll(/<text class="([\w-]+)"[^>]*>([^<]*)</g)].map(
      ([, style, text]) => `${style} ${text}`,
    );
    const at = (text: string): number => texts.indexOf(text);
    assert.equal(texts.slice(at('title overlays/team'), at('title overlays/open')), [
      'title overlays/team',
      'about For the &lt;team> &amp; its friends.',
      'patched ~ Deployment',
    ]);
    assert.equal(texts.slice(at('title overlays/open')).slice(0, 4), [
      'title overlays/open',
      'about In front of it.',
      'added + Ingress',
      'patched ~ NetworkPolicy',
    ]);
    assert.match(picture, 'overlays/team builds on base; overlays/open builds on overlays/team');
  }));

test.run();
