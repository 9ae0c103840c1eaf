// Generated from registry.yaml: change that, then run `npm run generate`.
/**
 * Where the registry keeps what, below `docker/registry/v2`.
 *
 * @see https://github.com/distribution/distribution/blob/v3.1.2/registry/storage/paths.go
 */

export const REPOSITORIES = 'repositories';
export const LAYERS = '_layers';
export const MANIFESTS = '_manifests';
/** Blobs have this digest, whatever digest a client calls them by. */
export const CANONICAL = 'sha256';

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests */
const DIGEST = /^([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-f0-9]{32,512})$/;
const LONGEST = 600;
/** Digits of those that the registry knows: a file that was cut short has fewer, and would name something else. */
const DIGITS = { sha256: 64, sha384: 96, sha512: 128 };

export function isDigest(text) {
  const [, algorithm = '', hex = ''] = (text.length <= LONGEST && DIGEST.exec(text)) || [];
  return algorithm !== '' && hex.length === (DIGITS[algorithm] ?? hex.length);
}

export function isCanonical(digest) {
  return digest.startsWith(`${CANONICAL}:`);
}

function split(digest) {
  const colon = digest.indexOf(':');
  return [digest.slice(0, colon), digest.slice(colon + 1)];
}

/** @returns the file with the bytes of a blob, or of a manifest. @param digest canonical */
export function blobFile(digest) {
  const [algorithm, hex] = split(digest);
  return `blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`;
}

export function repositoryFolder(repository) {
  return `${REPOSITORIES}/${repository}`;
}

/** @returns the folder that has one folder for each digest algorithm. */
export function layersFolder(repository) {
  return `${REPOSITORIES}/${repository}/${LAYERS}`;
}

/** @returns the folder that has one folder for each digest algorithm. */
export function revisionsFolder(repository) {
  return `${REPOSITORIES}/${repository}/${MANIFESTS}/revisions`;
}

export function tagsFolder(repository) {
  return `${REPOSITORIES}/${repository}/${MANIFESTS}/tags`;
}

/** The file in a tag's folder that says what the tag is now. */
export const CURRENT = 'current/link';
/** The file in the folder of a layer, or of a manifest, by which it belongs to the repository. */
export const LINK = 'link';

export function tagFile(repository, tag) {
  return `${tagsFolder(repository)}/${tag}/${CURRENT}`;
}

export function layerLink(repository, digest) {
  return `${layersFolder(repository)}/${split(digest).join('/')}/${LINK}`;
}

export function manifestLink(repository, digest) {
  return `${revisionsFolder(repository)}/${split(digest).join('/')}/${LINK}`;
}
