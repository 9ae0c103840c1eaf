/** Images: that they are pinned, and that what they hold fits what runs them. */
import { parseImage, parseVersion, type Version } from '../image.js';
import type { Rule } from './rule.js';

/** @returns what is wrong with how an image is pinned, or undefined. */
function unpinned(image: string): string | undefined {
  const { tag, digest } = parseImage(image) ?? {};
  if (digest) return undefined;
  if (!tag) return `"${image}" has no tag, so the image can change without a change in git; add an exact tag such as`;
  if (/latest|edge|stable|nightly|^main$|^master$/.test(tag) || /^v?\d+(\.\d+)?(-\S+)?$/.test(tag)) {
    return `the tag "${tag}" is not exact, so the image can change without a change in git; use an exact tag such as`;
  }
  return undefined;
}

/** @returns the version that an image's tag names, and what is wrong where it names none and no digest pins the image. */
function taggedVersion(image: string): {
  tag: string | undefined;
  version: Version | undefined;
  complaint: string | undefined;
} {
  const { tag, digest } = parseImage(image) ?? {};
  const version = parseVersion(tag ?? '');
  return {
    tag,
    version,
    complaint:
      unpinned(image) ??
      (version || digest ? undefined : `the tag "${tag}" is not a version; use an exact tag such as`),
  };
}

const registryImage: Rule = {
  id: 'registry-image',
  check({ settings, written, report }) {
    const { image, version } = settings;
    const complaint = unpinned(image);
    if (complaint) return report('image', `${complaint} registry:3.1.2, or a digest`);
    const tagged = parseVersion(parseImage(image)?.tag ?? '');
    const stated = parseVersion(String(written('version') ?? ''));
    if (version.major === 0) {
      return report(
        'image',
        `the version of the registry cannot be derived from the image; set version, such as version: "3.1.2"`,
      );
    }
    if (
      tagged &&
      stated &&
      (tagged.major !== stated.major || tagged.minor !== stated.minor || tagged.patch !== stated.patch)
    ) {
      return report(
        'version',
        `${written('version')} contradicts the tag of the image, ${parseImage(image)!.tag}; remove version, or correct one of them`,
      );
    }
    const at = stated ? 'version' : 'image';
    const number = `${version.major}.${version.minor}.${version.patch}`;
    if (version.prerelease && version.major === 3) {
      return report(at, `${image} is a pre-release; use a release, 3.1.2 or newer`);
    }
    if (version.major > 3 || version.major < 2 || (version.major === 2 && version.minor < 8)) {
      return report(at, `registry ${number} is not supported; use 3.1 or newer, or 2.8`);
    }
    if (version.major === 3 && version.minor === 0 && settings.redis.type === 'statefulset') {
      // distribution issues 4486, 4512, 4621, 4755
      report(
        [at, 'redis.type'],
        `registry ${number} ignores REGISTRY_REDIS_PASSWORD, so it cannot log in to Redis; use 3.1.2 or newer`,
      );
    }
  },
};

const redisImage: Rule = {
  id: 'redis-image',
  check({ settings, report }) {
    if (settings.redis.type === 'none') return;
    const { image } = settings.redis;
    const { tag, version, complaint } = taggedVersion(image);
    if (complaint) return report('redis.image', `${complaint} redis:7.2.16-alpine, or a digest`);
    if (version && version.major < 7) {
      report(
        'redis.image',
        `the probes need the option -e of redis-cli, which ${tag} does not have; use Redis 7.2 or newer, or Valkey`,
      );
    }
  },
};

const nodeImages: Rule = {
  id: 'node-image',
  check({ settings: { gc, metrics }, report }) {
    const used = {
      ...(gc.enabled && !gc.dryRun ? { 'gc.image': gc.image } : {}),
      ...(metrics.enabled ? { 'metrics.image': metrics.image } : {}),
    };
    for (const [field, image] of Object.entries(used)) {
      const { tag, version, complaint } = taggedVersion(image);
      if (complaint) report(field, `${complaint} node:24.21.0-alpine3.24, or a digest`);
      else if (version && version.major < 20) report(field, `the program needs Node 20 or newer; got ${tag}`);
    }
  },
};

const pullSecrets: Rule = {
  id: 'pull-secrets',
  check({ settings: { imagePullSecrets, secretName, tls }, report }) {
    const twice = imagePullSecrets.find((name, index) => imagePullSecrets.indexOf(name) !== index);
    if (twice !== undefined) return report('imagePullSecrets', `${twice} is named twice; remove one of them`);
    const uses = { [secretName]: 'the logins', ...('secretName' in tls && { [tls.secretName]: 'the certificate' }) };
    // A Secret has one type, and kubelet reads none but a dockerconfigjson.
    for (const name of imagePullSecrets)
      if (name in uses) report('imagePullSecrets', `${name} is the Secret with ${uses[name]}; name another one`);
  },
};

export const imageRules: readonly Rule[] = [registryImage, redisImage, nodeImages, pullSecrets];
