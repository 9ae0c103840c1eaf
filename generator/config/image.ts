/** A version of the registry (distribution). */
export interface Version {
  major: number;
  minor: number;
  patch: number;
  /** Whether it is a release candidate or the like. */
  prerelease: boolean;
}

export interface ImageReference {
  repository: string;
  tag?: string;
  digest?: string;
}

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const DOMAIN =
  '(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*(?::[0-9]+)?';
const REFERENCE = new RegExp(
  `^((?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}))?$`,
);

/**
 * @param text an image reference
 * @returns its parts, or undefined where it is none
 * @see https://github.com/distribution/reference the grammar
 */
export function parseImage(text: string): ImageReference | undefined {
  const match = text.length <= 4096 ? REFERENCE.exec(text) : null;
  if (!match) return undefined;
  const [, repository, tag, digest] = match;
  return { repository: repository!, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/**
 * @param text a version or an image's tag: 3.1.2, v3.1.1, 3.1.2-alpine
 * @returns the version that it begins with, or undefined where major, minor and patch are not all there
 */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:$|[-+_.](.*)$)/.exec(text);
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3]),
    prerelease: /^(alpha|beta|rc)\b/.test((match[4] ?? '').replace(/\.?\d+$/, '')),
  };
}
