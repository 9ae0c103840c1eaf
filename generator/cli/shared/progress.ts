/** How far long work is: one line on a terminal, written again and again, and gone when the work is done. */
import type { Place } from './input.js';

/** Where the line is shown. */
export interface Terminal {
  /** Undefined: it is none, as a pipe, a file or a CI log. */
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

/** Milliseconds from the start of the program on: what is over sooner needs no line. */
const FIRST_AFTER = 700;
/** Milliseconds between two texts. */
const INTERVAL = 100;
/** Columns of a terminal that does not say. */
const COLUMNS = 80;
/** To the first column, and erase what is there: https://www.xfree86.org/current/ctlseqs.html */
const ERASE_LINE = '\r\u001B[K';

export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #isShown: boolean;
  #hasText = false;
  #last = -Infinity;

  /**
   * @param terminal standard error, as standard output is for results
   * @param now milliseconds since the program was started
   */
  constructor(terminal: Terminal = process.stderr, now = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#isShown = terminal.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  /** Shows a text that is soon followed by others: not each of them is shown. @param text is asked for where it is */
  count(text: () => string): void {
    if (!this.#isShown) return;
    const now = this.#now();
    if (now < FIRST_AFTER || now - this.#last < INTERVAL) return;
    this.#last = now;
    this.#write(text());
  }

  /** Shows a text before something that may last, and during which nothing else can be shown. */
  step(text: string): void {
    if (this.#isShown) this.#write(text);
  }

  /** Takes the line away. To be called before anything else is printed. */
  clear(): void {
    if (this.#hasText) this.#terminal.write(ERASE_LINE);
    this.#hasText = false;
  }

  #write(text: string): void {
    // A line that is broken could not be erased.
    this.#terminal.write(`${ERASE_LINE}${text.slice(0, (this.#terminal.columns || COLUMNS) - 1)}`);
    this.#hasText = true;
  }
}

/** Shows how many layers of a tree are made, while they are. @param name is put before the numbers @returns what the work returns */
export async function withProgress<T>(
  name: string,
  work: (onProgress: (made: number, all: number) => void) => Promise<T>,
): Promise<T> {
  const progress = new Progress();
  try {
    return await work((made, all) => progress.count(() => `${name}: ${made} of ${all} layers`));
  } finally {
    progress.clear();
  }
}

/** @returns which of several registries one is, in words */
export function nameAmong(places: readonly Place[], place: Place): string {
  return places.length > 1 ? `${places.indexOf(place) + 1} of ${places.length} registries: ${place.file}` : place.file;
}
