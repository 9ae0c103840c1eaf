/** Imports point one way: between files there are no circles, and between rooms only the arrows of docs/architecture.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('imports');
const root = join(import.meta.dirname, '..');
const generator = join(root, 'generator');

interface Imports {
  /** Modules that are loaded with the file, or that its types come from. */
  direct: string[];
  /** Modules that `import()` loads when they are needed. */
  late: string[];
}

function importsOf(path: string): Imports {
  const found: Imports = { direct: [], late: [] };
  const add = (list: string[], node: ts.Node | undefined): void => {
    if (node && ts.isStringLiteral(node) && node.text.startsWith('.')) list.push(fileOf(path, node.text));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(found.direct, node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(found.direct, node.argument.literal);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(found.late, node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest));
  return found;
}

/** A module is imported by the name that it has once it is compiled. */
function fileOf(from: string, specifier: string): string {
  return relative(generator, join(dirname(from), specifier)).replace(/\.(m?)js$/, '.$1ts');
}

/** By path in generator/, as all paths here. */
const graph = new Map(
  readdirSync(generator, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.m?ts$/.test(path) && !path.endsWith('.d.ts') && !path.startsWith('generated'))
    .sort()
    .map((path): [string, Imports] => [path, importsOf(join(generator, path))]),
);
const importsWithin = (path: string): string[] => graph.get(path)!.direct.filter((to) => graph.has(to));

/** @returns for each file that is in a circle the shortest one; each circle once */
function circles(): string[] {
  const found = new Map<string, string>();
  for (const start of graph.keys()) {
    const circle = shortestWay(start);
    if (circle) found.set([...circle].sort().join(), [...circle, start].join(' -> '));
  }
  return [...found.values()];
}

/** @returns the files on the shortest way from a file back to itself */
function shortestWay(start: string): string[] | undefined {
  const ways = importsWithin(start).map((to) => [start, to]);
  const seen = new Set<string>();
  for (const way of ways) {
    const last = way.at(-1)!;
    if (last === start) return way.slice(0, -1);
    if (seen.has(last)) continue;
    seen.add(last);
    ways.push(...importsWithin(last).map((to) => [...way, to]));
  }
  return undefined;
}

/** @returns room -> rooms that it may import, as the page has it */
function statedArrows(): Map<string, string[]> {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const [, table] = /\n\| room \| imports \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(page)!;
  const names = (cell: string): string[] => [...cell.matchAll(/`([a-z]+)`/g)].map(([, name]) => name!);
  return new Map(
    table!
      .trimEnd()
      .split('\n')
      .map((row) => row.split('|').slice(1, 3))
      .flatMap(([rooms, imports]) => names(rooms!).map((room): [string, string[]] => [room, names(imports!).sort()])),
  );
}

const roomOf = (path: string): string => path.split('/')[0]!;

test('no file of generator/ imports itself by a detour, types included', () => {
  assert.ok(graph.size > 200, 'the files are found');
  assert.equal(circles(), []);
});

test('a room of generator/ imports the rooms that docs/architecture.md names, and no others', () => {
  const stated = statedArrows();
  const actual = new Map<string, Set<string>>([...stated.keys()].map((room) => [room, new Set()]));
  const stray: string[] = [];
  for (const [from, { direct, late }] of graph) {
    const rooms = [...direct, ...late].filter((path) => graph.has(path)).map(roomOf);
    for (const to of rooms.filter((room) => room !== roomOf(from))) {
      actual.get(roomOf(from))?.add(to);
      if (!stated.get(roomOf(from))?.includes(to)) stray.push(`${from} imports from ${to}/`);
    }
  }
  assert.equal(stray, []);
  assert.equal(
    [...actual].map(([room, rooms]) => [room, [...rooms].sort()]),
    [...stated],
    'the page names no other',
  );
});

test('docs/architecture.md names each room above those that it imports', () => {
  const above = new Set<string>();
  for (const [room, imports] of statedArrows()) {
    above.add(room);
    assert.equal(
      imports.filter((other) => above.has(other)),
      [],
      room,
    );
  }
});

test.run();
