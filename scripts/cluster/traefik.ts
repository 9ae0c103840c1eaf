/** Traefik from its official Go module, with all of its providers but those of DNS. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../schemas/go-modules.js';
import type { Cache } from './cache.js';
import { copySums, goBuild, inTemporaryFolder } from './go.js';
import { tagOf, TRAEFIK } from './names.js';

const MODULE = 'github.com/traefik/traefik/v3';
const LEGO = 'github.com/go-acme/lego/v5';
const OWN = join(import.meta.dirname, 'modules/traefik');

/** @returns the path of the program, built if it is not there */
export function buildTraefik(cache: Cache): Promise<string> {
  const version = tagOf(TRAEFIK);
  return cache.part(`traefik-${version}`, (output) =>
    inTemporaryFolder((module) => {
      const source = moduleFolder(`${MODULE}@${version}`);
      cpSync(OWN, module, { recursive: true });
      copySums(source, module);
      copyLego(source, join(module, 'lego'));
      goBuild(module, `${MODULE}/cmd/traefik`, output, { variables: { [`${MODULE}/pkg/version.Version`]: version } });
    }),
  );
}

/** Copies the library by which Traefik gets certificates, without the providers of DNS. @param traefik folder of Traefik's module, which names the version */
function copyLego(traefik: string, folder: string): void {
  const version = new RegExp(`^\\s*${LEGO} (\\S+)`, 'm').exec(readFileSync(join(traefik, 'go.mod'), 'utf8'))![1];
  execFileSync('cp', ['--recursive', '--no-preserve=mode', moduleFolder(`${LEGO}@${version}`), folder]);
  const providers = join(folder, 'providers/dns');
  rmSync(providers, { recursive: true });
  mkdirSync(providers);
  cpSync(join(OWN, 'dns'), providers, { recursive: true });
}
