/** The images that a node needs, by name: those of the tree as the generator writes them, and those of a cluster. */
import { fieldsOf, parseImage } from '../../generator/config/index.js';

export const PAUSE = 'registry.k8s.io/pause:3.10';
export const COREDNS = 'registry.k8s.io/coredns/coredns:v1.12.4';
export const TRAEFIK = 'traefik:v3.7.13';

/** The version that Debian has; the Go module of that line does not name what it depends on. */
export const DEBIAN_REGISTRY = 'registry:2.8.2';
/** Older registries, which upgrades start from. */
export const OLDER_REGISTRIES = ['registry:3.1.1', DEBIAN_REGISTRY];

/** @returns the images of a registry.yaml that names none: field -> reference, as in the tree. */
export function defaultImages(): Map<string, string> {
  const fields = fieldsOf().filter(({ path }) => path.at(-1) === 'image');
  return new Map(fields.map((field) => [field.path.join('.'), String(field.default)]));
}

/** @returns the name under which containerd looks for an image: docker.io/library/redis:7 for redis:7 */
export function fullName(reference: string): string {
  const [first, ...more] = reference.split('/');
  if (more.length === 0) return `docker.io/library/${reference}`;
  return /[.:]|^localhost$/.test(first!) ? reference : `docker.io/${reference}`;
}

/** @returns the tag of an image. @throws Error if it has none */
export function tagOf(reference: string): string {
  const tag = parseImage(reference)?.tag;
  if (!tag) throw new Error(`"${reference}" has no tag, so nothing says which version to build`);
  return tag;
}
