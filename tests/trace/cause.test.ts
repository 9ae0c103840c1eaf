/** The field of registry.yaml that a finding is said to come from is one that makes it, and stands where it is said to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDocument, LineCounter, isMap, isScalar, type Pair, type Node } from 'yaml';
import { locatePlanFindings } from '../../generator/cli/shared/findings.js';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf } from '../support/config.js';
import { often, randomConfigs } from '../support/configs.js';

const test = suite('the cause of a finding in registry.yaml');

/** Fields whose change undoes a finding, by rule: of those that do, the one that is stated nearest is to be named. */
const CAUSES: Record<string, RegExp> = {
  'registry-auth': /^(auth\.type|ingress\.class)$/,
  'plain-http-login': /^(auth\.type|ingress\.class|tls\.type)$/,
  'large-layers': /^ingress\.(annotations\b.*|class|controller)$/,
};

/** @returns the path of the key that stands at a line and column. */
function keyAt(text: string, line: number, column: number): string | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  let found: string | undefined;
  const visit = (node: Node | null, path: string[]): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const here = [...path, String(isScalar(key) ? key.value : key)];
      const at = lines.linePos(key.range![0]);
      if (at.line === line && at.col === column) found = here.join('.');
      visit(value, here);
    }
  };
  visit(document.contents, []);
  return found;
}

test('on random configs, each finding names a field that makes it, at its key', async () => {
  const met = new Set<string>();
  let stated = 0;
  for (const text of randomConfigs(often(10, 24), 11)) {
    const plan = await makePlan(bytesOf(text), 'registry.yaml');
    for (const { rule, cause, message } of await locatePlanFindings(plan, '.', 'registry.yaml')) {
      assert.ok(CAUSES[rule], `${rule}: ${message}`);
      assert.ok(cause, `${rule}: ${message}\n${text}`);
      const named = cause.field.replace(/^overlays\[(\d+)\]/, 'overlays.$1').replaceAll('"', '');
      const field = named.replace(/^overlays\.[^.]+\./, '');
      assert.match(field, CAUSES[rule], text);
      met.add(rule);
      if (!cause.place) continue;
      const { line, column } = cause.place;
      const key = keyAt(text, line, column);
      assert.ok(key, `${line}:${column}\n${text}`);
      // A default is chosen where it is not stated: at the overlay. What an alias stands for is written at its anchor.
      if (!/^overlays\.[^.]+$/.test(key)) assert.is(key.replace(/^overlays\.[^.]+\./, ''), field, text);
      stated++;
    }
  }
  assert.equal([...met].sort(), Object.keys(CAUSES).sort());
  assert.ok(stated > often(15, 40), `${stated} places`);
});

test('of two that make it, the one that the overlay states is named, not what it inherits', async () => {
  const causeIn = async (text: string): Promise<string | undefined> =>
    (await locatePlanFindings(await makePlan(bytesOf(text), 'registry.yaml'), '.', 'registry.yaml'))[0]?.cause?.field;
  assert.is(
    await causeIn(
      'host: registry.example.com\noverlays:\n  eu:\n    ingress:\n      class: nginx\n    tls:\n      type: none\n',
    ),
    'overlays.eu.tls.type',
  );
  assert.is(
    await causeIn(
      'host: registry.example.com\ningress:\n  class: nginx\ntls:\n  type: secret\noverlays:\n  eu:\n    auth:\n      type: none\n',
    ),
    'overlays.eu.auth.type',
  );
});

test.run();
