/** What there is in a folder: overlays, files, charts. */
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, statOf } from './disk.js';
import { KUSTOMIZATION_NAMES, type Read } from './kustomization.js';

/** Folders that hold others' files. */
const PASSED_OVER = new Set(['node_modules', 'vendor', 'charts']);

export interface Found {
  /** Folders with a kustomization. */
  overlays: string[];
  /** Other YAML and JSON files. */
  files: string[];
  /** What would be one of these, and must not be read, each with the reason. */
  refused: { path: string; message: string }[];
  /** Folders of Helm charts: templates are no YAML before Helm has made it of them. */
  charts: string[];
}

/** @returns what there is to check in a folder without a kustomization, and below it. */
export function walk(
  folder: string,
  disk: Disk,
  found: Found = { overlays: [], files: [], charts: [], refused: [] },
  seen = new Set<string>(),
): Found {
  // A link may lead back up.
  const real = realpathSync(folder);
  if (seen.has(real)) return found;
  seen.add(real);
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.some(({ name }) => name === 'Chart.yaml')) {
    found.charts.push(folder);
    return found;
  }
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.') || PASSED_OVER.has(name)) continue;
    const path = join(folder, name);
    const stat = entry.isSymbolicLink() ? statOf(path) : entry;
    const isManifest = /\.(ya?ml|json)$/.test(name);
    const isWanted = stat?.isDirectory() || (stat?.isFile() && isManifest);
    const message = isWanted && entry.isSymbolicLink() ? disk.objectionTo(path) : undefined;
    if (message !== undefined) found.refused.push({ path, message });
    else if (stat?.isDirectory()) {
      if (!hasKustomization(path)) walk(path, disk, found, seen);
      else {
        if (!isComponent(path, disk.read)) found.overlays.push(path);
        // What is inside an overlay's folder may be an overlay too, its files are the overlay's.
        walk(path, disk, { ...found, files: [] }, seen);
      }
    } else if (stat?.isFile() && isManifest) found.files.push(path);
  }
  return found;
}

/** @returns whether a folder is an overlay, or a part of one. */
export function hasKustomization(folder: string): boolean {
  return KUSTOMIZATION_NAMES.some((name) => statOf(join(folder, name))?.isFile());
}

/** A Component is a part of an overlay, and nothing by itself. */
function isComponent(folder: string, read: Read): boolean {
  const file = KUSTOMIZATION_NAMES.map((name) => read(join(folder, name))).find((found) => typeof found === 'object');
  return /^kind:\s*["']?Component\b/m.test(file?.text ?? '');
}
