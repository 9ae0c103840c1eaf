/** A finding in what the real kustomize built is reported where it is written: in the base, in an overlay's resource, in a patch. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { ALL_MINORS, check, Validators } from '../../generator/checks/index.js';
import { findKustomize, readUnits } from '../../generator/manifests/index.js';
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
      /** @returns where the findings about misspelt fields are, each as file:line:column and the name of the field. */
      const misspeltIn = async (overlay: string): Promise<Set<string>> => {
        const [unit] = await readUnits({
          paths: [join(folder, overlay)],
          readStandardInput: () => assert.unreachable() as never,
          kustomize: () => kustomize!,
        });
        assert.equal(unit!.problems, []);
        const findings = (await check({ objects: unit!.objects, target: ALL_MINORS }, validators)).filter(
          ({ rule }) => rule === 'unknown-field',
        );
        return new Set(
          findings.map((finding) => {
            const { file, line, column } = unit!.placeOf(finding)!;
            return `${relative(folder, file)}:${line}:${column} ${finding.path.at(-1)}`;
          }),
        );
      };
      const fields = Object.entries(tree)
        .filter(([path]) => !/kustomization\.yaml$|config\.yml$|\.mjs$/.test(path))
        .map(([path, text]) => {
          const keys = keysOf(text);
          const step = Math.max(1, Math.ceil(keys.length / EACH));
          return { path, text, chosen: keys.filter((_, index) => index % step === 0) };
        });
      const layers = new Map<string, typeof fields>();
      for (const one of fields) {
        const layer = dirname(one.path).replace(/\/patches$/, '');
        layers.set(layer, [...(layers.get(layer) ?? []), one]);
      }
      // One key of each file of a layer at a time: the files are of different objects, and kustomize runs once for all of them.
      for (const [layer, files] of layers)
        for (let round = 0; round < EACH; round++) {
          const misspelt = new Set<string>();
          for (const { path, text, chosen } of files) {
            const key = chosen[round];
            writeFileSync(join(folder, path), key ? `${text.slice(0, key.offset)}x${text.slice(key.offset)}` : text);
            if (key) misspelt.add(`${path}:${key.line}:${key.column} x${key.name}`);
          }
          if (misspelt.size === 0) continue;
          const own = await misspeltIn(layer);
          assert.equal(
            [...misspelt].filter((place) => !own.has(place)),
            [],
            `not found in ${layer}`,
          );
          asked.own += misspelt.size;
          // A patch above may replace the list that one is in: what is found is at its place in the base.
          const above = layer === 'base' ? await misspeltIn('overlays/tls') : new Set<string>();
          assert.equal(
            [...above].filter((place) => !misspelt.has(place)),
            [],
            'found elsewhere above',
          );
          asked.inherited += above.size;
          for (const { path, text } of files) writeFileSync(join(folder, path), text);
        }
      assert.ok(asked.own >= 40 && asked.inherited >= 10, JSON.stringify(asked));
    }),
);

test.run();
