/** What a collection needs of the storage in which the registry keeps its images. Paths are relative to `docker/registry/v2`. */

/** A small file by which the registry refers to something: `revisions/sha256/HEX/link`, `tags/NAME/current/link`. */
export interface Link {
  /** Of the folder that stands for what is linked: HEX, or NAME. */
  name: string;
  /** When it was written last, in milliseconds since 1970. */
  time: number;
  /** Differs where the contents may differ. */
  version: string;
}

export interface Storage {
  /** Seconds for which this machine, or one of the registry's, may remember what another one has changed meanwhile. */
  readonly settle: number;
  /** @returns the names of the folders directly in a folder; none where it is not there. */
  folders(folder: string): Promise<string[]>;
  /** @returns for each folder NAME directly in a folder that contains a file (`link`, `current/link`) its link; none where the folder is not there. */
  links(folder: string, file: string): Promise<Link[]>;
  /** @returns what is in a file; undefined where it is not there. */
  read(file: string): Promise<Buffer | undefined>;
  /** @returns the size of a file in bytes and when it was written last; undefined where it is not there. */
  stat(file: string): Promise<{ bytes: number; time: number } | undefined>;
  /** Makes an empty folder that the registry's own programs see as one. */
  makeFolder(folder: string): Promise<void>;
  /** Removes files, and the folders that are empty then; what is not there already is no error. Stopped by the signal, it begins no more. */
  remove(files: readonly string[], signal: AbortSignal): Promise<void>;
  /** Removes a folder with all that is in it. */
  removeFolder(folder: string, signal: AbortSignal): Promise<void>;
}

/** Runs a step for each item, so many at once. @throws what the first one throws that fails, once those that had begun have ended */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  step: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failure: { error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (let next = rest.next(); !next.done && !failure; next = rest.next()) {
      try {
        await step(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (failure) throw failure.error;
}
