/** The layers of the shipped tree, as its kustomization.yaml files and the comments of registry.yaml describe them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, parse, parseDocument } from 'yaml';

/** One folder of the tree: the base, or an overlay. */
export interface Layer {
  /** Such as base or overlays/tls. */
  folder: string;
  /** Folder of the layer that it builds on. Undefined for the base. */
  parent?: string;
  /** What registry.yaml says of it in a comment. */
  about: string;
  /** Kinds of the objects that it adds, one for each object. */
  added: string[];
  /** Kinds of the objects that it changes. */
  patched: string[];
}

interface Kustomization {
  resources?: string[];
  patches?: { path: string }[];
  configMapGenerator?: { behavior?: string }[];
}

/**
 * @param root folder of registry.yaml and its tree
 * @returns the base, then the overlays in the order of registry.yaml
 */
export function readLayers(root: string): Layer[] {
  const comments = overlayComments(readFileSync(join(root, 'registry.yaml'), 'utf8'));
  const overlays = new Set(readdirSync(join(root, 'overlays')).filter((name) => comments.has(name)));
  const inOrder = [...comments.keys()].filter((name) => overlays.has(name));
  return [
    readLayer(root, 'base', 'What every overlay builds on.'),
    ...inOrder.map((name) => readLayer(root, `overlays/${name}`, comments.get(name)!)),
  ];
}

/** @returns the comment in front of each overlay, its lines joined. */
function overlayComments(text: string): Map<string, string> {
  const overlays = parseDocument(text).get('overlays');
  if (!isMap(overlays)) throw new Error('registry.yaml has no overlays to draw');
  // In front of the first key the comment belongs to the map.
  return new Map(
    overlays.items.map(({ key }, index) => {
      const comment = (isScalar(key) && key.commentBefore) || (index === 0 && overlays.commentBefore) || '';
      return [String(key), comment.trim().replace(/\s*\n\s*/g, ' ')];
    }),
  );
}

function readLayer(root: string, folder: string, about: string): Layer {
  const read = (path: string): unknown => parse(readFileSync(join(root, folder, path), 'utf8'));
  const kindOf = (path: string): string => (read(path) as { kind: string }).kind;
  const { resources = [], patches = [], configMapGenerator = [] } = read('kustomization.yaml') as Kustomization;
  const parent = resources.find((path) => path.startsWith('../'));
  const replaced = configMapGenerator.filter(({ behavior }) => behavior !== undefined);
  return {
    folder,
    ...(parent ? { parent: join(folder, parent) } : {}),
    about,
    added: [
      ...resources.filter((path) => path !== parent).map(kindOf),
      ...Array<string>(configMapGenerator.length - replaced.length).fill('ConfigMap'),
    ],
    patched: [...patches.map(({ path }) => kindOf(path)), ...replaced.map(() => 'ConfigMap')],
  };
}
