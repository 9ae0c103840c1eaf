/**
 * Builds Flux's command line from its Go module, for rendering the tree with it:
 *
 *   node --import tsx scripts/build-flux.ts FOLDER
 *
 * `go install` refuses it: its go.mod replaces a module, and it embeds manifests of the controllers, which the module does
 * not carry and rendering does not need. FOLDER keeps the program.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { moduleFolder } from './schemas/go-modules.js';

const VERSION = 'v2.9.5';

/** @returns the path of the program, built where it is not there. */
export function buildFlux(folder: string): string {
  const program = join(resolve(folder), `flux-${VERSION}`);
  if (existsSync(program)) return program;
  const work = mkdtempSync(join(tmpdir(), 'flux-'));
  try {
    cpSync(moduleFolder(`github.com/fluxcd/flux2/v2@${VERSION}`), work, { recursive: true });
    execFileSync('chmod', ['-R', 'u+w', work]);
    mkdirSync(join(work, 'cmd/flux/manifests'), { recursive: true });
    writeFileSync(join(work, 'cmd/flux/manifests/none.yaml'), '');
    mkdirSync(resolve(folder), { recursive: true });
    execFileSync('go', ['build', '-ldflags', `-s -w -X main.VERSION=${VERSION}`, '-o', program, './cmd/flux'], {
      cwd: work,
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, GOFLAGS: '-buildvcs=false' },
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}

if (process.argv[1] === import.meta.filename) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node --import tsx scripts/build-flux.ts FOLDER');
    process.exit(2);
  }
  console.log(buildFlux(folder));
}
