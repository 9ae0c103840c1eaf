/** Reads files of a checkout, which may hold anything under any name. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** Why a file is not read. */
export class NotReadable extends Error {
  override name = 'NotReadable';
  readonly reason: 'missing' | 'link' | 'folder' | 'special' | 'too-big' | 'failed';

  constructor(reason: NotReadable['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Bytes. The largest CustomResourceDefinitions have some megabytes. */
export const MAX_BYTES = 2 ** 26;

export interface ReadOptions {
  /** Bytes; a larger file is refused, without it one that is larger than any file of a tree. */
  maxBytes?: number;
  /** Whether the path itself may be a symbolic link. */
  follow?: boolean;
}

/**
 * Reads a regular file. It is opened once, without waiting for a writer of a named pipe, and what was opened is looked
 * at: so it cannot become something else between the look and the reading.
 *
 * @throws NotReadable where there is no such file, or it is a link, a folder, a device, a pipe, or too big
 */
export function readRegularFile(path: string, options: ReadOptions = {}): Buffer {
  return readOpened(path, options).bytes;
}

/** @returns the same, with what the file system says of the file that was read. */
function readOpened(
  path: string,
  { maxBytes = MAX_BYTES, follow = false }: ReadOptions,
): { bytes: Buffer; stat: Stats } {
  const descriptor = open(path, follow);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw new NotReadable('folder', 'this is a folder');
    if (!stat.isFile()) throw new NotReadable('special', `this is ${kindOf(stat)}`);
    if (stat.size > maxBytes) {
      throw new NotReadable('too-big', `the file is ${stat.size} bytes; at most ${maxBytes} are read`);
    }
    return { bytes: readFileSync(descriptor), stat };
  } catch (error) {
    throw error instanceof NotReadable ? error : new NotReadable('failed', `it cannot be read: ${wordsOf(error)}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a path is not one of the disk, but what a shell hands over: standard input, or the output of `<(command)`. */
export function isHandedOver(path: string): boolean {
  return /^\/dev\/(stdin|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/.test(path);
}

function open(path: string, follow: boolean): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new NotReadable('missing', 'there is no such file');
    // A loop of links has the same code as a link that is not followed.
    if (code === 'ELOOP') throw new NotReadable('link', 'this is a symbolic link');
    // A socket cannot be opened at all.
    if (code === 'ENXIO') throw new NotReadable('special', 'this is not a regular file');
    throw new NotReadable('failed', `it cannot be read: ${wordsOf(error)}`);
  }
}

/** @returns what is there, in words, such as "a folder". */
export function kindOf(stat: Stats): string {
  if (stat.isFile()) return 'a file';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  if (stat.isFIFO()) return 'a named pipe, and not a regular file';
  return `a ${stat.isSocket() ? 'socket' : 'device'}, and not a regular file`;
}

/** @returns Node's words without the path, which the caller names. */
function wordsOf(error: unknown): string {
  return (error as Error).message.replace(/, \w+( '.*')?$/, '');
}
