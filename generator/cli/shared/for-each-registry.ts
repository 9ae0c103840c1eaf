/** Runs a command on one registry of a fleet after another: what is wrong with one does not keep the others from being reported. */
import { type Collision, collisionsIn, type Member } from '../../fleet/index.js';
import { ConfigError } from '../../config/index.js';
import { colours } from './colours.js';
import type { ExitCode } from './exit.js';
import type { Place } from './input.js';
import { printError } from './print-error.js';

/** What became of one registry. */
export interface Done {
  code: ExitCode;
  /** For --json. */
  json: object;
  /** Undefined where its registry.yaml could not be read. */
  member?: Member;
}

/**
 * @param json whether all is printed at the end, as one JSON document
 * @param run does it for one registry, and prints unless `json` is asked for
 * @param total what is said of them all, given how many ended well
 * @returns the worst exit code
 */
export async function each(
  places: readonly Place[],
  json: boolean | undefined,
  run: (place: Place) => Promise<Done>,
  total: (good: number) => string,
): Promise<number> {
  const done: Done[] = [];
  for (const place of places) {
    try {
      done.push(await run(place));
    } catch (error) {
      done.push({
        code: codeOf(error, place, json),
        json: error instanceof ConfigError ? { problems: error.problems } : { error: (error as Error).message },
      });
    }
  }
  const collisions = collisionsIn(done.flatMap(({ member }) => member ?? []));
  if (json) {
    const registries = done.map(({ code, json: result }, index) => ({
      registry: places[index]!.file,
      exitCode: code,
      ...result,
    }));
    console.log(JSON.stringify({ registries, collisions }, null, 2));
  } else {
    for (const collision of collisions) console.error(lineOf(collision));
    console.log(total(done.filter(({ code }) => code === 0).length));
  }
  return Math.max(...done.map(({ code }) => code));
}

function codeOf(error: unknown, { file }: Place, json: boolean | undefined): ExitCode {
  const code = printError(error, json === true);
  if (!json) console.error(`${file}: ${colours.red('nothing was done')}, as this is wrong.`);
  return code;
}

function lineOf({ file, line, column, message }: Collision): string {
  return `${file}:${line}:${column}: ${colours.yellow('warning')}: ${message}.`;
}
