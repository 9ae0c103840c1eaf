/**
 * Pushes as clients do them, beyond the plain image: each shape is one that a collector has to understand to keep it, and
 * upstream's own loses some of them. Registry 2.8.2, 3.1.1 and 3.1.2 accept every one of them (measured), but for a layer of no
 * bytes by 2.8.2 in a bucket.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, expectStatus, type Image, MANIFEST, Refused } from './client.js';
import {
  configOf,
  type Contents,
  layersOf,
  type Pushed,
  pushContents,
  pushImage,
  pushIndex,
  pushIndexOf,
} from './push.js';

const SIGNATURE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';

/** What must be there after a push. */
export interface Kept {
  images: Image[];
  /** What nothing but a pull by digest reaches any more: it stays unless untagged manifests are collected. */
  loose: Image[];
}

/** Where a push goes. */
export interface Place {
  /** A path: what is pushed elsewhere too goes to repositories beside it. */
  repository: string;
  /** Unlike that of any other push, as it is in its tags. */
  name: string;
  /** Milliseconds for which what can be left unfinished is. */
  pause?: number;
}

export type Shape = (client: Client, place: Place) => Promise<Kept>;

const images = (...all: Image[]): Kept => ({ images: all, loose: [] });

/** Layers and configuration named by sha512. The registry stores them by sha256, and links the name that the client gave. */
const sha512: Shape = async (client, { repository, name }) =>
  images(
    await pushContents(client, repository, name, {
      config: configOf(name),
      // One that no image names by sha256 as well.
      layers: [...layersOf(name), Buffer.from(`only ${name}`)],
      algorithm: 'sha512',
    }),
  );

/** One index in two repositories, as by a promotion: the layers are mounted, the manifests pushed again. */
const twoRepositories: Shape = async (client, place) => images(...(await promoted(client, place)));

/** The same, and one architecture of the first repository is deleted by digest. Only the other index is whole then. */
const brokenElsewhere: Shape = async (client, place) => {
  const [first, second] = await promoted(client, place);
  const { digest } = first.members[0]!;
  const answer = await client.send('DELETE', `/v2/${first.repository}/manifests/${digest}`);
  // Another try may have deleted it.
  if (answer.status !== 404) expectStatus(answer, 202, 'DELETE manifest');
  return images(second);
};

/**
 * An artifact that has the manifest of one architecture as a layer, in a repository before that of the image: collectors go
 * by name, and upstream's takes what it has seen as a layer for done.
 */
const manifestAsLayer: Shape = async (client, { repository, name }) => {
  const index = await pushIndex(client, repository, name);
  const artifact = await pushContents(client, `artifacts/${repository}`, name, {
    config: Buffer.from('{}'),
    configType: EMPTY,
    layers: [(await manifestOf(client, index.members[0]!)).body],
    layerType: MANIFEST,
  });
  return images(index, artifact);
};

/** An index of nothing, in a repository that has no layers then. */
const emptyIndex: Shape = async (client, { repository, name }) =>
  images(await pushIndexOf(client, `${repository}/empty-${name.toLowerCase()}`, 'latest', []));

/** An index of indexes. */
const nestedIndex: Shape = async (client, { repository, name }) => {
  const inner = [];
  for (const part of ['one', 'two']) inner.push(await pushIndex(client, repository, '', `${name}-${part}`));
  return images(await pushIndexOf(client, repository, name, inner));
};

/** Referrers by OCI 1.1 that are in the index which clients write where a registry has no API for them: none of these has one. */
const listedReferrers: Shape = async (client, { repository, name }) => {
  const image = await pushImage(client, repository, name);
  const sbom = await pushContents(client, repository, '', about(image, `sbom of ${name}`));
  const list = await pushIndexOf(client, repository, image.digest.replace(':', '-'), [sbom]);
  return images({ ...image, companions: [list] });
};

/** Referrers that nothing lists, one of them to the other. Who has its digest pulls it. */
const unlistedReferrers: Shape = async (client, { repository, name }) => {
  const index = await pushIndex(client, repository, name);
  const sbom = await pushContents(client, repository, '', about(index.members[0]!, `sbom of ${name}`));
  const signature = await pushContents(client, repository, '', about(sbom, `signature of ${name}`));
  return images({ ...index, companions: [sbom, signature] });
};

/** A signature under a tag made of the image's digest, as cosign pushes it. */
const signed: Shape = async (client, { repository, name }) => {
  const image = await pushImage(client, repository, name);
  const { subject: _, ...contents } = about(image, `signature of ${name}`);
  const signature = await pushContents(client, repository, `${image.digest.replace(':', '-')}.sig`, contents);
  return images({ ...image, companions: [signature] });
};

/** A layer of no bytes. */
const emptyLayer: Shape = async (client, { repository, name }) =>
  images(
    await pushContents(client, repository, name, {
      config: configOf(name),
      layers: [Buffer.alloc(0), ...layersOf(name)],
    }),
  );

/** An image that is pulled by digest, as a deployment that pins it does. */
const untagged: Shape = async (client, { repository, name }) => ({
  images: [],
  loose: [await pushImage(client, repository, name, '')],
});

/** A tag that is moved on to another image. */
const movedTag: Shape = async (client, { repository, name }) => {
  const before = await pushImage(client, repository, `${name}-before`, name);
  const after = await pushImage(client, repository, `${name}-after`, name);
  return { images: [after], loose: [{ ...before, tag: before.digest }] };
};

/** A layer of which the second half comes after a pause, and later still while the registry takes no writes. */
const resumedUpload: Shape = async (client, { repository, name, pause = 0 }) => {
  const layer = Buffer.from(`in two parts: ${name}`);
  const upload = await client.beginUpload(repository, layer);
  await sleep(pause);
  for (let tries = 0; ; tries++) {
    try {
      await client.finishUpload(upload);
      break;
    } catch (error) {
      if (!(error instanceof Refused && error.status === 405) || tries === 600) throw error;
      await sleep(100);
    }
  }
  return images(
    await pushContents(client, repository, name, { config: configOf(name), layers: [layer, ...layersOf(name)] }),
  );
};

/** @returns a shape: an image of so many tags. */
export function manyTags(count: number): Shape {
  return async (client, { repository, name }) => {
    const image = await pushImage(client, repository, name);
    const aliases = Array.from({ length: count - 1 }, (_, index) => `${name}.${index}`);
    const { body, type } = await manifestOf(client, image);
    const rest = [...aliases];
    const pushers = Array.from({ length: 8 }, async () => {
      for (let tag = rest.pop(); tag; tag = rest.pop()) await client.pushManifest(repository, tag, body, type);
    });
    await Promise.all(pushers);
    return images({ ...image, aliases });
  };
}

/** Every shape by its name. */
export const SHAPES = {
  sha512,
  twoRepositories,
  brokenElsewhere,
  manifestAsLayer,
  emptyIndex,
  nestedIndex,
  listedReferrers,
  unlistedReferrers,
  signed,
  emptyLayer,
  untagged,
  movedTag,
  resumedUpload,
  manyTags: manyTags(12),
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

/** @returns the shapes that a registry accepts. @param bucket whether it keeps images in one */
export function shapesFor(image: string, bucket: boolean): ShapeName[] {
  const names = Object.keys(SHAPES) as ShapeName[];
  // It ends the upload of no part, which S3 refuses, and answers 500.
  return names.filter((name) => !(name === 'emptyLayer' && bucket && image.startsWith('registry:2.')));
}

async function promoted(
  client: Client,
  { repository, name }: Place,
): Promise<[first: Pushed & { members: Pushed[] }, second: Pushed]> {
  const first = await pushIndex(client, repository, name);
  const to = `${repository}/promoted`;
  for (const member of first.members) {
    const { body, type } = await manifestOf(client, member);
    const { config, layers } = JSON.parse(body.toString()) as Record<'config', { digest: string }> &
      Record<'layers', { digest: string }[]>;
    for (const blob of [config, ...layers]) await client.mountBlob(to, blob.digest, repository);
    await client.pushManifest(to, member.digest, body, type);
  }
  const { body, type } = await manifestOf(client, first);
  await client.pushManifest(to, name, body, type);
  return [first, { ...first, repository: to }];
}

/** @returns a manifest as it was pushed. */
async function manifestOf(
  client: Client,
  { repository, digest, mediaType: type }: Pushed,
): Promise<{ body: Buffer; type: string }> {
  const path = `/v2/${repository}/manifests/${digest}`;
  const { body } = expectStatus(await client.send('GET', path, undefined, undefined, type), 200, 'GET manifest');
  return { body, type };
}

/** @returns an artifact that says something of an image. */
function about(subject: Pushed, text: string): Contents {
  return {
    config: Buffer.from('{}'),
    configType: EMPTY,
    layers: [Buffer.from(text)],
    layerType: SIGNATURE,
    subject,
  };
}
