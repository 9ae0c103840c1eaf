/** What there is in a folder: overlays, files, charts. */
import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFile } from '../tree/index.js';
import { KUSTOMIZATION_NAMES } from './kustomization.js';

/** Bytes of one file: no manifest comes near it. */
const MAX_BYTES = 2 ** 26;

/** Folders that hold others' files. */
const PASSED_OVER = new Set(['node_modules', 'vendor', 'charts']);

export interface Found {
  /** Folders with a kustomization. */
  overlays: string[];
  /** Other YAML and JSON files. */
  files: string[];
  /** Folders of Helm charts: templates are no YAML before Helm has made it of them. */
  charts: string[];
}

/** @returns what there is to check in a folder without a kustomization, and below it. */
export function walk(
  folder: string,
  found: Found = { overlays: [], files: [], charts: [] },
  seen = new Set<string>(),
): Found {
  // A link may lead back up.
  const real = realpathSync(folder);
  if (seen.has(real)) return found;
  seen.add(real);
  const names = readdirSync(folder).sort();
  if (names.includes('Chart.yaml')) {
    found.charts.push(folder);
    return found;
  }
  for (const name of names) {
    if (name.startsWith('.') || PASSED_OVER.has(name)) continue;
    const path = join(folder, name);
    const stat = statOf(path);
    if (stat?.isDirectory()) {
      if (!hasKustomization(path)) walk(path, found, seen);
      else {
        if (!isComponent(path)) found.overlays.push(path);
        // What is inside an overlay's folder may be an overlay too, its files are the overlay's.
        walk(path, { ...found, files: [] }, seen);
      }
    } else if (stat?.isFile() && /\.(ya?ml|json)$/.test(name)) found.files.push(path);
  }
  return found;
}

/** @returns the text of a regular file. @throws NotReadable where it is something else, or too big to be a manifest */
export function readText(path: string): string {
  return readRegularFile(path, { follow: true, maxBytes: MAX_BYTES }).toString('utf8');
}

/** @returns what is at a path; undefined where there is nothing, or a link that leads nowhere. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** @returns whether a folder is an overlay, or a part of one. */
export function hasKustomization(folder: string): boolean {
  return KUSTOMIZATION_NAMES.some((name) => statOf(join(folder, name))?.isFile());
}

/** A Component is a part of an overlay, and nothing by itself. */
function isComponent(folder: string): boolean {
  const name = KUSTOMIZATION_NAMES.find((one) => statOf(join(folder, one))?.isFile())!;
  return /^kind:\s*["']?Component\b/m.test(readText(join(folder, name)));
}
