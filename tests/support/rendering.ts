/** Programs in Go around the controllers' own packages: tests/e2e/rendering. Each is built once, and kept by its sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const sources = join(import.meta.dirname, '../e2e/rendering');
const cache = process.env['RENDERING_CACHE'] ?? join(homedir(), '.cache/registry-gitops/rendering');

/**
 * Asks a controller's own code.
 *
 * @param program folder below tests/e2e/rendering
 * @returns its answer. @throws Error where the program cannot be built, or refuses the request
 */
export function ask<T>(program: 'argo-cd' | 'flux', request: object): T {
  const output = execFileSync(built(program), {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return JSON.parse(output) as T;
}

/** @returns the program, which takes minutes to build when it is built first. */
function built(program: string): string {
  const folder = join(sources, program);
  const files = readdirSync(folder).sort();
  const hash = createHash('sha256')
    .update(files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\0'))
    .digest('hex')
    .slice(0, 16);
  const target = join(cache, `${program}-${hash}`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  // Apart from the sources: go would write to go.sum beside them.
  const work = join(cache, `${program}-${process.pid}`);
  cpSync(folder, work, { recursive: true });
  try {
    execFileSync('go', ['build', '-mod=readonly', '-o', 'program', '.'], {
      cwd: work,
      stdio: 'inherit',
      env: { ...process.env, GOTOOLCHAIN: 'auto' },
    });
    renameSync(join(work, 'program'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
