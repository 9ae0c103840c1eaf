/** Draws the base and the overlays of the shipped tree, as docs/images/base-and-overlays.svg has them. */
import { join } from 'node:path';
import { type Layer, readLayers } from './layers.js';

const COLUMN = 276;
const GAP = 54;
const ROW_GAP = 20;
const PADDING = 14;
/** Room below the base for the legend. */
const LEGEND = 36;
const LINE = 19;
/** Characters of a line at 13 px that fit into a box in any of the fonts below. */
const CHARACTERS = 35;

interface Line {
  text: string;
  style: 'title' | 'about' | 'added' | 'patched';
}

interface Box {
  x: number;
  y: number;
  height: number;
  lines: Line[];
}

/** @returns the picture as SVG, in colours for light and dark pages. */
export function drawLayers(root = join(import.meta.dirname, '../..')): string {
  const layers = readLayers(root);
  const input = boxOf([
    { text: 'registry.yaml', style: 'title' },
    { text: 'the one file that you edit', style: 'about' },
  ]);
  const boxes = new Map(layers.map((layer) => [layer, boxOf(linesOf(layer))]));
  const [base] = layers;
  const bottom = place(base!, 0, 0, layers, boxes);
  const baseBox = boxes.get(base!)!;
  const arrow = 58;
  // registry.yaml and the base are one column, in the middle of the overlays.
  const column = input.height + arrow + baseBox.height;
  const height = Math.max(bottom, column + 2 * LEGEND);
  input.y = (height - column) / 2;
  baseBox.y = input.y + input.height + arrow;
  const width = Math.max(...[...boxes.values()].map(({ x }) => x)) + COLUMN;
  const edges = layers.flatMap((layer) => {
    const parent = layers.find(({ folder }) => folder === layer.parent);
    return parent ? [edge(boxes.get(parent)!, boxes.get(layer)!)] : [];
  });
  const middle = COLUMN / 2;
  return svg(width, height, layers, [
    `<path class="edge" d="M${middle} ${input.y + input.height}V${baseBox.y - 7}" marker-end="url(#arrow)"/>`,
    `<text class="edge-label" x="${middle + 12}" y="${input.y + input.height + arrow / 2 + 2}">npm run generate</text>`,
    ...edges,
    ...[input, ...boxes.values()].map(drawBox),
    `<text class="edge-label" x="${PADDING}" y="${baseBox.y + baseBox.height + 26}">+ adds an object  ~ patches one</text>`,
  ]);
}

function linesOf({ folder, about, added, patched }: Layer): Line[] {
  return [
    { text: folder, style: 'title' },
    ...wrap(about).map((text) => ({ text, style: 'about' as const })),
    ...kinds('+', added).map((text) => ({ text, style: 'added' as const })),
    ...kinds('~', patched).map((text) => ({ text, style: 'patched' as const })),
  ];
}

/** @returns "+ Deployment, CronJob ×2, ...", in lines. */
function kinds(sign: string, all: string[]): string[] {
  const counted = [...new Set(all)].map((kind) => {
    const count = all.filter((one) => one === kind).length;
    return count === 1 ? kind : `${kind}\u00a0×${count}`;
  });
  return counted.length ? wrap(`${sign} ${counted.join(', ')}`) : [];
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (lines.length && longer.length <= CHARACTERS) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean);
}

function boxOf(lines: Line[]): Box {
  return { x: 0, y: 0, height: 2 * PADDING + lines.length * LINE - 4, lines };
}

/** Places a layer and those that build on it, from `top` on. @returns where the next one may begin */
function place(layer: Layer, depth: number, top: number, layers: Layer[], boxes: Map<Layer, Box>): number {
  const box = boxes.get(layer)!;
  box.x = depth * (COLUMN + GAP);
  const children = layers.filter(({ parent }) => parent === layer.folder);
  let next = top;
  for (const child of children) next = place(child, depth + 1, next, layers, boxes) + ROW_GAP;
  const bottom = children.length ? next - ROW_GAP : top;
  const [first, last] = [children[0], children.at(-1)].map((child) => child && boxes.get(child)!);
  const centre = first && last ? (first.y + last.y + last.height) / 2 : top + box.height / 2;
  box.y = Math.max(top, centre - box.height / 2);
  return Math.max(bottom, box.y + box.height);
}

/** A line from the right side of one box to the left side of another, with an arrow. */
function edge(from: Box, to: Box): string {
  const [x1, y1, x2, y2] = [from.x + COLUMN, from.y + from.height / 2, to.x - 7, to.y + to.height / 2];
  const bend = (x1 + x2) / 2;
  return `<path class="edge" d="M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}" marker-end="url(#arrow)"/>`;
}

function drawBox({ x, y, height, lines }: Box): string {
  const text = lines.map(
    ({ text, style }, index) =>
      `<text class="${style}" x="${x + PADDING}" y="${y + PADDING + 11 + index * LINE}">${escape(text)}</text>`,
  );
  return `<rect class="box" x="${x + 0.5}" y="${y + 0.5}" width="${COLUMN - 1}" height="${height - 1}" rx="8"/>\n${text.join('\n')}`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function svg(width: number, height: number, layers: Layer[], parts: string[]): string {
  const names = layers.map(({ folder, parent }) => (parent ? `${folder} builds on ${parent}` : folder)).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>registry.yaml generates a base and overlays: ${escape(names)}</title>
<style>
text { font: 13px -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; }
.box { fill: #f6f8fa; stroke: #8c959f; }
.edge { fill: none; stroke: #8c959f; stroke-width: 1.5; }
#arrow path { fill: #8c959f; }
.title { font: 600 14px ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; fill: #1f2328; }
.edge-label { font: 12px ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; fill: #7d8590; }
.about { fill: #59636e; }
.added { fill: #1a7f37; }
.patched { fill: #9a6700; }
@media (prefers-color-scheme: dark) {
  .box { fill: #151b23; stroke: #656c76; }
  .title { fill: #f0f6fc; }
  .about { fill: #9198a1; }
  .added { fill: #3fb950; }
  .patched { fill: #d29922; }
}
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${parts.join('\n')}
</svg>
`;
}
