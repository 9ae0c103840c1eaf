/** Writes what a registry has after many pushes, as files: pushing 100,000 images would take hours. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MANIFEST } from '../../tests/support/cluster/client.js';

/** Images in one repository, and on one set of base layers. */
const IN_A_REPOSITORY = 500;
const ON_A_BASE = 10;
const BASE_LAYERS = 3;
const OWN_LAYERS = 2;
/** One image in so many has been deleted, and is garbage but for its base layers. */
const DELETED = 20;

/**
 * @param root the registry's root directory, which is made
 * @param images how many there are; each is one manifest and a tag
 */
export function writeImages(root: string, images: number): void {
  lay(images, (path, content) => {
    const file = join(root, 'docker/registry/v2', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  });
}

/** @returns digests of what is garbage among so many images. */
export function garbageAmong(images: number): string[] {
  return lay(images, () => {});
}

function lay(images: number, write: (path: string, content: Buffer | string) => void): string[] {
  const garbage: string[] = [];
  const digestOf = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
  const blob = (content: Buffer | string): { digest: string; size: number } => {
    const hex = digestOf(content);
    write(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, content);
    return { digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  };
  let layers: { digest: string; size: number }[] = [];
  for (let image = 0; image < images; image++) {
    const repository = `repositories/team-${Math.floor(image / IN_A_REPOSITORY) % 10}/app-${Math.floor(image / IN_A_REPOSITORY)}`;
    if (image % ON_A_BASE === 0)
      layers = Array.from({ length: BASE_LAYERS }, (_, layer) => blob(`base ${image} ${layer}`));
    const own = Array.from({ length: OWN_LAYERS }, (_, layer) => blob(`layer ${image} ${layer}`));
    const config = blob(JSON.stringify({ architecture: 'amd64', os: 'linux', image }));
    const all = [...layers, ...own];
    const manifest = blob(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: all.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer })),
      }),
    );
    for (const { digest } of [...all, config]) {
      write(`${repository}/_layers/${digest.replace(':', '/')}/link`, digest);
    }
    if (image % DELETED === 0) {
      garbage.push(...[...own, config, manifest].map(({ digest }) => digest));
      continue;
    }
    const path = manifest.digest.replace(':', '/');
    write(`${repository}/_manifests/revisions/${path}/link`, manifest.digest);
    write(`${repository}/_manifests/tags/v${image}/current/link`, manifest.digest);
    write(`${repository}/_manifests/tags/v${image}/index/${path}/link`, manifest.digest);
  }
  return garbage;
}
