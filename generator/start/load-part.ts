/**
 * Loads the parts of the program, with the code that an earlier run compiled.
 *
 * Node has a cache of its own (`module.enableCompileCache`, from 22.8 on), which saves a third as much: docs/architecture.md has
 * the measurement.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { CodeCache } from './code-cache.js';

type Exports = Record<string, unknown>;
type Part = (
  exports: Exports,
  require: NodeJS.Require,
  module: { exports: Exports },
  file: string,
  folder: string,
) => void;

const loaded = new Map<string, { exports: Exports }>();
const cache = new CodeCache();
const requireOfNode = createRequire(join(__dirname, 'main.js'));

/**
 * @param name of a file in dist/, which is CommonJS
 * @returns what it exports
 */
export function loadPart(name: string): Exports {
  const known = loaded.get(name);
  if (known) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  const file = join(__dirname, name);
  const part = compile(file) as Part;
  part(module.exports, requireOfPart, module, file, __dirname);
  return module.exports;
}

/** The parts name each other so. */
const SIBLING = './';

const requireOfPart = Object.assign(
  (id: string): unknown => (id.startsWith(SIBLING) ? loadPart(id.slice(SIBLING.length)) : requireOfNode(id)),
  requireOfNode,
);

function compile(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  // V8 compares no more than the length of a text with that of which it has the code.
  const key = createHash('sha256').update(text).digest('hex');
  const cachedData = cache.read(key);
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${text}\n})`, {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  if (!cachedData || script.cachedDataRejected) cache.keepAtExit(key, script);
  return script.runInThisContext();
}
