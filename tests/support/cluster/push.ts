/** Images to push: they share layers, so that those are deleted and pushed again all the time. */
import { createHash } from 'node:crypto';
import { type Algorithm, type Client, digestOf, type Image, INDEX, MANIFEST } from './client.js';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** What a manifest says of something that it refers to. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
}

/** An image with what an index says of it. */
export interface Pushed extends Image, Descriptor {}

/** What is in a manifest. */
export interface Contents {
  config: Buffer;
  configType?: string;
  layers: Buffer[];
  layerType?: string;
  /** By which layers and configuration are named. */
  algorithm?: Algorithm;
  /** What it refers to by OCI 1.1. */
  subject?: Descriptor;
}

/** What images share. */
const layers = Array.from({ length: 24 }, (_, index) =>
  Buffer.concat(
    Array.from({ length: 64 }, (_, part) => createHash('sha256').update(`layer ${index}.${part}`).digest()),
  ),
);

/** @returns two of the layers that images share. @param name the same name, the same layers */
export function layersOf(name: string): Buffer[] {
  const hash = createHash('sha256').update(name).digest();
  return [hash[0]!, hash[1]!].map((byte) => layers[byte % layers.length]!);
}

/** @returns a configuration that no image of another name has. */
export function configOf(name: string): Buffer {
  return Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', name, rootfs: { type: 'layers', diff_ids: [] } }),
  );
}

/**
 * Pushes an image of two of the layers that images share, and a configuration of its own.
 *
 * @param name what its configuration says: the same name, the same image
 * @param tag empty for none
 */
export async function pushImage(client: Client, repository: string, name: string, tag = name): Promise<Pushed> {
  return await pushContents(client, repository, tag, {
    config: configOf(name),
    layers: layersOf(`${repository}:${name}`),
  });
}

/** Pushes blobs, then the manifest that names them. @param tag empty for none */
export async function pushContents(
  client: Client,
  repository: string,
  tag: string,
  { config, configType = CONFIG, layers: own, layerType = LAYER, algorithm = 'sha256', subject }: Contents,
): Promise<Pushed> {
  for (const blob of [...own, config]) await client.pushBlob(repository, blob, digestOf(blob, algorithm));
  const describe = (mediaType: string, content: Buffer): Descriptor => ({
    mediaType,
    size: content.length,
    digest: digestOf(content, algorithm),
  });
  return await pushJson(client, repository, tag, {
    mediaType: MANIFEST,
    config: describe(configType, config),
    layers: own.map((layer) => describe(layerType, layer)),
    ...(subject ? { subject: descriptor(subject) } : {}),
  });
}

/** Pushes an index of what is in the repository already. @param tag empty for none */
export async function pushIndexOf(
  client: Client,
  repository: string,
  tag: string,
  members: Descriptor[],
): Promise<Pushed> {
  return await pushJson(client, repository, tag, {
    mediaType: INDEX,
    manifests: members.map((member, index) => ({
      ...descriptor(member),
      platform: { architecture: ['amd64', 'arm64', 's390x'][index % 3], os: 'linux' },
    })),
  });
}

/**
 * Pushes an index of two images that have no tags of their own, as a build for two architectures does.
 *
 * @param tag empty for none
 * @param name the same name, the same index
 */
export async function pushIndex(
  client: Client,
  repository: string,
  tag: string,
  name = tag,
): Promise<Pushed & { members: Pushed[] }> {
  const members = [];
  for (const architecture of ['amd64', 'arm64'])
    members.push(await pushImage(client, repository, `${name}-${architecture}`, ''));
  return { ...(await pushIndexOf(client, repository, tag, members)), members };
}

async function pushJson(
  client: Client,
  repository: string,
  tag: string,
  manifest: { mediaType: string; [key: string]: unknown },
): Promise<Pushed> {
  const text = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest }));
  const digest = digestOf(text);
  await client.pushManifest(repository, tag || digest, text, manifest.mediaType);
  return { repository, tag: tag || digest, digest, mediaType: manifest.mediaType, size: text.length };
}

function descriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
