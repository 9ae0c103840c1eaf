/** Images to push: they share layers, so that those are deleted and pushed again all the time. */
import { createHash } from 'node:crypto';
import { type Client, digestOf, type Image, INDEX, MANIFEST } from './client.js';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** What images share. */
const layers = Array.from({ length: 24 }, (_, index) =>
  Buffer.concat(
    Array.from({ length: 64 }, (_, part) => createHash('sha256').update(`layer ${index}.${part}`).digest()),
  ),
);

/**
 * Pushes an image of two of the layers that images share, and a configuration of its own.
 *
 * @param name what its configuration says: the same name, the same image
 * @param tag empty for none
 */
export async function pushImage(client: Client, repository: string, name: string, tag = name): Promise<Image> {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', name, rootfs: { type: 'layers', diff_ids: [] } }),
  );
  const hash = createHash('sha256').update(`${repository}:${name}`).digest();
  const own = [hash[0]!, hash[1]!].map((byte) => layers[byte % layers.length]!);
  for (const blob of [...own, config]) await client.pushBlob(repository, blob);
  const describe = (mediaType: string, content: Buffer) => ({
    mediaType,
    size: content.length,
    digest: digestOf(content),
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe(CONFIG, config),
      layers: own.map((layer) => describe(LAYER, layer)),
    }),
  );
  const digest = digestOf(manifest);
  await client.pushManifest(repository, tag || digest, manifest, MANIFEST);
  return { repository, tag: tag || digest, digest };
}

/** Pushes an index of two images that have no tags of their own, as a build for two architectures does. */
export async function pushIndex(client: Client, repository: string, tag: string): Promise<Image> {
  const manifests = [];
  for (const architecture of ['amd64', 'arm64']) {
    const { digest } = await pushImage(client, repository, `${tag}-${architecture}`, '');
    const { headers } = await client.send(
      'HEAD',
      `/v2/${repository}/manifests/${digest}`,
      undefined,
      undefined,
      MANIFEST,
    );
    manifests.push({
      mediaType: MANIFEST,
      digest,
      size: Number(headers['content-length']),
      platform: { architecture, os: 'linux' },
    });
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  await client.pushManifest(repository, tag, index, INDEX);
  return { repository, tag, digest: digestOf(index) };
}
