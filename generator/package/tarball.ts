/** The program as a tarball, with the same bytes wherever it is made, so that its checksum can be compared with a release's. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import glob from 'fast-glob';
import { gzipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { fieldsOf, type Manifest, PACKAGE, parseFields } from './manifest.js';

/** A package of this program, in one file. */
export interface Tarball {
  manifest: Manifest;
  bytes: Uint8Array;
  /** As npm writes it into package-lock.json: sha512- and the hash in base64. */
  integrity: string;
}

/** npm packs these whatever `files` says: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#files */
const ALWAYS = ['package.json', 'README*', 'LICENSE*'];
/** The time that npm, too, gives to every file: https://github.com/npm/pacote/blob/main/lib/util/tar-create-options.js */
const TIME = new Date('1985-10-26T08:15:00Z');

/** @returns the name of the file that a version is packed into, as npm has it. */
export function tarballName(version: string): string {
  return `registry-gitops-cli-${version}.tgz`;
}

/** @returns the package.json of this program. @param root folder of the package @throws Error if it is not there */
function manifestIn(root: string): Manifest {
  return readManifest(readFileSync(join(root, 'package.json'), 'utf8'));
}

/**
 * Packs the program, without running anything. The gzip is not Node's, whose output differs with its version and the processor.
 *
 * @param root folder of the package: a clone with dist/, or where npm has installed it
 * @throws Error if there is no such package, or its program is not built
 */
export async function packProgram(root: string): Promise<Tarball> {
  const manifest = manifestIn(root);
  const paths = pathsOf(root, manifest);
  const missing = Object.values(manifest.bin).find((path) => !paths.includes(path));
  if (missing !== undefined) throw new Error(`${missing} is not built yet; run \`npm run bundle\``);
  const entries = paths.map((path) => {
    const body = path === 'package.json' ? Buffer.from(published(manifest)) : readFileSync(join(root, path));
    const mode = Object.values(manifest.bin).includes(path) ? 0o755 : 0o644;
    return {
      header: { name: `package/${path}`, type: 'file' as const, size: body.length, mode, mtime: TIME, uid: 0, gid: 0 },
      body,
    };
  });
  return withIntegrity(manifest, gzipSync(await packTar(entries), { level: 6, mtime: 0 }));
}

function readManifest(text: string): Manifest {
  const fields = parseFields(text);
  if (fields['name'] !== PACKAGE) throw new Error(`it is not ${PACKAGE}, but ${JSON.stringify(fields['name'])}`);
  // It becomes part of a path.
  if (typeof fields['version'] !== 'string' || !/^\d+\.\d+\.\d+[\w.+-]*$/.test(fields['version']))
    throw new Error(`its version is ${JSON.stringify(fields['version'])}, which is not one`);
  if (Object.keys(fieldsOf(fields, 'bin')).length === 0) throw new Error('its package.json names no program');
  return fields as Manifest;
}

function pathsOf(root: string, { files }: Manifest): string[] {
  const [without, within] = [
    files.filter((path) => path.startsWith('!')),
    files.filter((path) => !path.startsWith('!')),
  ];
  return glob
    .sync([...ALWAYS, ...within.flatMap((path) => [path, `${path}/**`])], {
      cwd: root,
      dot: true,
      followSymbolicLinks: false,
      ignore: without.map((path) => path.slice(1)),
    })
    .sort();
}

/** @returns the package.json without what is for developers only; npm warns of every script that it does not run. */
function published({ scripts: _, devDependencies: __, ...manifest }: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function withIntegrity(manifest: Manifest, bytes: Uint8Array): Tarball {
  return { manifest, bytes, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` };
}
