/** Which entries of which folders decide what is at a path. */
import { lstatSync, readlinkSync } from 'node:fs';
import { join, parse, relative, resolve, sep } from 'node:path';

/** An entry of a folder that is there, and that is named without links. */
export interface Entry {
  folder: string;
  name: string;
}

/** What is at a path itself. */
interface Found {
  inode: number;
  isFolder: boolean;
  /** Where it leads, if it is a link. */
  target?: string;
}

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What the disk is at one moment: nothing is asked twice. */
export class Glance {
  readonly #found = new Map<string, Found | undefined>();

  /**
   * @param path absolute
   * @returns the entry of what is there, that of each link on the way, and of a way that ends early the first that is missing
   */
  entriesOf(path: string): Entry[] {
    const entries: Entry[] = [];
    let { root: folder } = parse(path);
    const rest = namesIn(path);
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const found = this.#at(join(folder, name));
      const isOnTheWay = found?.isFolder && rest.length > 0;
      if (!isOnTheWay) entries.push({ folder, name });
      if (found?.target !== undefined && entries.length <= MAX_LINKS) {
        const target = resolve(folder, found.target);
        folder = parse(target).root;
        rest.unshift(...namesIn(target));
      } else if (isOnTheWay) folder = join(folder, name);
      else break;
    }
    return entries;
  }

  /** @returns what tells a folder from another one of its name; undefined where there is none. */
  inodeOf(folder: string): number | undefined {
    const found = this.#at(folder);
    return found?.isFolder ? found.inode : undefined;
  }

  #at(path: string): Found | undefined {
    if (!this.#found.has(path)) this.#found.set(path, look(path));
    return this.#found.get(path);
  }
}

function namesIn(path: string): string[] {
  return relative(parse(path).root, path)
    .split(sep)
    .filter((name) => name !== '');
}

function look(path: string): Found | undefined {
  try {
    const stat = lstatSync(path);
    return {
      inode: stat.ino,
      isFolder: stat.isDirectory(),
      ...(stat.isSymbolicLink() ? { target: readlinkSync(path) } : {}),
    };
  } catch {
    return undefined;
  }
}
