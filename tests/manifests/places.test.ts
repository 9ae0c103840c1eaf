/** A finding in what the real kustomize built is told where it is written: in the base, in an overlay's resource, in a patch. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import { findKustomize, type Place, readUnits } from '../../generator/manifests/index.js';
import { readFiles, withFolder } from '../support/folder.js';
import { testWith } from '../support/tools.js';

const test = suite('places in an overlay');
const validators = new Validators();
/** By these kustomize tells items of lists apart, or objects: with another name it builds something else. */
const IDENTIFYING = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'name',
  'namespace',
  'containerPort',
  'mountPath',
  'port',
  'key',
  'topologyKey',
  '$patch',
  'spec',
  'template',
  'containers',
  'initContainers',
  'ports',
  'matchLabels',
  'labels',
  'annotations',
]);
const EACH = 3;

interface Key {
  name: string;
  offset: number;
  line: number;
  column: number;
}

/** @returns the keys of fields below spec, whose misspelling an API server would refuse. */
function keysOf(text: string): Key[] {
  const lines = new LineCounter();
  const keys: Key[] = [];
  const visit = (node: Node | null, free: boolean): void => {
    if (isSeq(node)) for (const item of node.items) visit(item as Node, free);
    if (!isMap(node)) return;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = String(isScalar(key) ? key.value : key);
      const { line, col } = lines.linePos(key.range![0]);
      if (!free && !IDENTIFYING.has(name)) keys.push({ name, offset: key.range![0], line, column: col });
      // Keys of these are the user's.
      visit(
        value,
        free ||
          ['matchLabels', 'labels', 'annotations', 'selector', 'requests', 'limits', 'data', 'metadata'].includes(name),
      );
    }
  };
  visit(parseDocument(text, { lineCounter: lines }).contents, false);
  return keys;
}

const kustomize = findKustomize();
testWith(
  test,
  'kustomize or kubectl',
  kustomize !== undefined,
  'each misspelt field, in whichever file it stands',
  () =>
    withFolder(async (folder) => {
      const tree = Object.fromEntries(
        ['base', 'overlays'].flatMap((top) =>
          Object.entries(readFiles(top)).map(([path, text]) => [join(top, path), text]),
        ),
      );
      for (const [path, text] of Object.entries(tree)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const asked = { own: 0, inherited: 0 };
      const misspelt = async (overlay: string): Promise<Place[]> => {
        const [unit] = await readUnits({
          paths: [join(folder, overlay)],
          readStandardInput: () => assert.unreachable() as never,
          kustomize: () => kustomize!,
        });
        assert.equal(unit!.problems, []);
        const findings = (await check({ objects: unit!.objects, target: ALL_MINORS }, validators)).filter(
          ({ rule }) => rule === 'unknown-field',
        );
        return findings
          .map((finding) => unit!.placeOf(finding)!)
          .map(({ file, ...place }) => ({ ...place, file: relative(folder, file) }));
      };
      for (const [path, text] of Object.entries(tree)) {
        if (/kustomization\.yaml$|config\.yml$|\.mjs$/.test(path)) continue;
        const own = dirname(path).replace(/\/patches$/, '');
        const keys = keysOf(text);
        for (const { name, offset, line, column } of keys.filter(
          (_, index) => index % Math.max(1, Math.ceil(keys.length / EACH)) === 0,
        )) {
          writeFileSync(join(folder, path), `${text.slice(0, offset)}x${text.slice(offset)}`);
          const told = (places: Place[]): void =>
            assert.ok(
              places.some((place) => place.file === path && place.line === line && place.column === column),
              `${path}:${line}:${column} x${name}, told at ${JSON.stringify(places)}`,
            );
          told(await misspelt(own));
          asked.own++;
          const above = own === 'base' ? await misspelt('overlays/tls') : [];
          // A patch above may replace the list that it is in.
          if (above.length === 0) continue;
          told(above);
          asked.inherited++;
        }
        writeFileSync(join(folder, path), text);
      }
      assert.ok(asked.own >= 40 && asked.inherited >= 10, JSON.stringify(asked));
    }),
);

test.run();
