/** Reads the tree on disk by paths that files of it name, which may name anything. */
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOwnPath, OWN_FOLDERS } from './manifest.js';
import { readRegularFile } from './read-file.js';

/**
 * @param path from the folder of the tree, with slashes
 * @returns the text of a file in base/, overlays/ or delivery/; undefined where there is none, or a link on the way
 */
export function readOwnFile(root: string, path: string): { text: string } | 'folder' | undefined {
  if (!isOwnPath(path) && !OWN_FOLDERS.includes(path)) return undefined;
  try {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) {
      if (!lstatSync(join(root, at)).isDirectory()) return undefined;
    }
    return lstatSync(join(root, path)).isDirectory()
      ? 'folder'
      : { text: readRegularFile(join(root, path)).toString('utf8') };
  } catch {
    return undefined;
  }
}
