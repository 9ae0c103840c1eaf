/**
 * The formats that schemas/registry.schema.json names. Each says in `expected` what a person should write.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { parseEndpoint } from './endpoint.js';
import { parseImage, parseVersion } from './image.js';
import { parseQuantity } from './quantity.js';
import { isCron, isTimeZone } from './schedule.js';

interface Format {
  test: (value: string) => boolean;
  expected: string;
}

/** RFC 1035 label, as a Service's name must be: the strictest of the objects that carry the name. */
const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1123 subdomain, the form of most Kubernetes names. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const ANNOTATION_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const isSubdomain = (value: string): boolean => value.length <= 253 && SUBDOMAIN.test(value);
const isLabel = (value: string): boolean => value.length <= 63 && LABEL.test(value);

/** A format that empty text meets as well, where empty means "derived" or "none". */
function optional({ test, expected }: Format): Format {
  return { test: (value) => value === '' || test(value), expected: `${expected}, or empty` };
}

const subdomain: Format = {
  test: isSubdomain,
  expected: 'a name of lower-case letters, digits, "-" and ".", starting and ending with a letter or digit',
};
const label: Format = {
  test: isLabel,
  expected: 'a name of lower-case letters, digits and "-", starting with a letter and not ending with "-"',
};
const overlayName: Format = {
  test: (value) => value.length <= 63 && value !== 'base' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value),
  expected: 'an overlay name of lower-case letters, digits and "-", not starting or ending with "-", and not "base"',
};
const quantity: Format = {
  test: (value) => (parseQuantity(value) ?? 0) > 0,
  expected: 'a Kubernetes quantity above 0, such as 2 or 500m',
};

const table: Record<string, Format> = {
  'dns-label': label,
  namespace: {
    test: (value) => value.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value),
    expected: 'a name of lower-case letters, digits and "-", starting and ending with a letter or digit',
  },
  'dns-name': {
    test: (value) => value === '' || isSubdomain(value),
    expected: 'a lower-case DNS name such as registry.example.com, without scheme, port or path',
  },
  'optional-dns-name': optional(subdomain),
  'overlay-name': overlayName,
  'optional-overlay-name': optional(overlayName),
  'ingress-class': subdomain,
  quantity,
  'optional-quantity': optional(quantity),
  'bytes-quantity': {
    test: (value) => (parseQuantity(value) ?? 0) >= 16 * 2 ** 20,
    expected: 'a Kubernetes quantity of at least 16Mi, such as 256Mi or 100Gi',
  },
  'size-quantity': {
    test: (value) => parseQuantity(value) !== undefined,
    expected: 'a Kubernetes quantity of bytes, such as 0 or 10Gi',
  },
  'repository-pattern': {
    test: (value) => /^[a-z0-9*?]([a-z0-9._*?/-]*[a-z0-9*?])?$/.test(value) && !value.includes('//'),
    expected:
      'a pattern of repository names, such as team-a/**: lower-case letters, digits and ".", "_", "-", "/", with *, ** and ?',
  },
  'tag-pattern': {
    test: (value) => /^[\w*?][\w.*?-]*$/.test(value) && value.length <= 200,
    expected: 'a pattern of tags, such as v*: letters, digits and ".", "_", "-", with * and ?',
  },
  'optional-age': optional({
    test: (value) => /^[1-9]\d{0,4}[hdw]$/.test(value),
    expected: 'a number of hours, days or weeks, such as 12h, 30d or 4w',
  }),
  image: {
    test: (value) => parseImage(value) !== undefined,
    expected: 'an image reference such as registry:3.1.2 or registry@sha256:<64 hex digits>',
  },
  version: {
    test: (value) => value === '' || parseVersion(value) !== undefined,
    expected: 'a version such as 3.1.2, or empty',
  },
  cron: {
    test: isCron,
    expected: 'a cron schedule of five fields, such as "17 3 * * 0" (minute, hour, day, month, weekday 0 to 6)',
  },
  'time-zone': { test: isTimeZone, expected: 'a time zone of the tz database, such as Etc/UTC or Europe/Berlin' },
  'absolute-path': {
    test: (value) => /^\/[^\s\p{Cc}]*$/u.test(value) && !value.split('/').includes('..'),
    expected: 'an absolute path without white space or "..", such as /exports/registry',
  },
  'optional-bucket': optional({
    test: (value) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value) && !/\.[.-]|-\./.test(value) && !isIPv4(value),
    expected: 'the name of a bucket: 3 to 63 lower-case letters, digits, "-" and ".", such as example-registry',
  }),
  'optional-region': optional({
    test: (value) => /^[A-Za-z0-9]([-_A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(value),
    expected: 'a region such as eu-central-1',
  }),
  'optional-endpoint': optional({
    test: (value) => parseEndpoint(value) !== undefined,
    expected:
      'the URL of a service without path and login, such as https://s3.example.com or http://minio.minio.svc:9000',
  }),
  'optional-key-prefix': optional({
    test: (value) =>
      value.length <= 200 && value.split('/').every((part) => /^[\w.+=@-]+$/.test(part) && !/^\.+$/.test(part)),
    expected:
      'a prefix such as registry or teams/a: letters, digits and "-_.+=@", separated by "/", which is not at the start or the end',
  }),
  server: {
    test: (value) => isSubdomain(value) || isIPv4(value) || isIPv6(value),
    expected: 'a lower-case DNS name or an IP address, such as nfs.example.com',
  },
  cidr: { test: isCidr, expected: 'a range of IP addresses in CIDR notation, such as 10.0.0.0/8' },
  'kubernetes-version': {
    test: (value) => value === '' || parseKubernetesVersion(value) !== undefined,
    expected: 'a minor version of Kubernetes such as 1.34, or a range such as 1.33-1.36',
  },
  'rule-id': {
    test: (value) => /^[a-z][a-z0-9-]*( [A-Za-z]+\/\S+)?$/.test(value),
    expected: 'a rule ID such as plain-http-login, or a rule ID and an object such as image-pinned Deployment/registry',
  },
  reason: { test: (value) => /\S+\s+\S+/.test(value), expected: 'a reason of at least two words' },
  'object-reference': {
    test: (value) => /^[A-Za-z]+\/[^\s/]+$/.test(value),
    expected: 'a kind and a name such as Middleware/headers',
  },
  'variant-name': {
    test: (value) => value === 'base' || overlayName.test(value),
    expected: 'the name of an overlay, or base',
  },
  'optional-dns-label': optional(label),
  'cluster-name': {
    test: (value) => value.length <= 63 && isSubdomain(value),
    expected: 'the name of a cluster in lower-case letters, digits, "-" and ".", such as in-cluster',
  },
  'optional-git-url': optional({
    test: (value) => isUrl(value, /^(https?|ssh):$/),
    expected:
      'the URL of a git repository without a password, such as https://git.example.com/platform/registry.git or ssh://git@git.example.com/platform/registry.git',
  }),
  'optional-oci-url': optional({
    test: (value) => isUrl(value, /^oci:$/),
    expected: 'the URL of an OCI artifact without a tag, such as oci://ghcr.io/example/registry-tree',
  }),
  'git-branch': {
    // As git check-ref-format has it, as far as anyone names branches so.
    test: (value) => /^[A-Za-z0-9][\w./+-]*$/.test(value) && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(value),
    expected: 'the name of a branch, such as main, without refs/heads/',
  },
  tag: {
    test: (value) => /^\w[\w.-]{0,127}$/.test(value),
    expected: 'a tag of letters, digits and "_.-", such as latest',
  },
  'optional-relative-path': optional({
    test: (value) =>
      value.length <= 500 && value.split('/').every((part) => /^[\w.@+-]+$/.test(part) && !/^\.+$/.test(part)),
    expected: 'a relative path such as clusters/registry, without "..", and without "/" at the start or the end',
  }),
  // What Flux takes: metav1.Duration, in hours, minutes and seconds.
  duration: {
    test: (value) => /^(?=\d)(\d+h)?(\d+m)?(\d+s)?$/.test(value) && /[1-9]/.test(value),
    expected: 'a duration such as 10m or 1h30m',
  },
  'annotation-key': {
    test: isAnnotationKey,
    expected: 'an annotation key such as example.com/name',
  },
};

/** @returns first and last minor of Kubernetes 1 that a text such as 1.34 or 1.33-1.36 names, or undefined. */
export function parseKubernetesVersion(text: string): { first: number; last: number } | undefined {
  const match = /^1\.(\d{1,3})(?:-1\.(\d{1,3}))?$/.exec(text);
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first <= last ? { first, last } : undefined;
}

/** For the compiled schema: format name -> whether a value has it. */
export const formats = Object.fromEntries(Object.entries(table).map(([name, { test }]) => [name, test]));

/** @returns in words what a value of this format looks like. */
export function expectedOf(format: string): string {
  return table[format]?.expected ?? format;
}

/** Whether a text is a URL of one of these schemes with host and path, and no password, query or fragment. */
function isUrl(text: string, scheme: RegExp): boolean {
  if (/[\s{}*!]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, pathname, password, search, hash, username } = new URL(text);
  return (
    scheme.test(protocol) &&
    hostname !== '' &&
    pathname.length > 1 &&
    !password &&
    !search &&
    !hash &&
    (protocol === 'ssh:' || !username) &&
    !(protocol === 'oci:' && /[:@]/.test(pathname))
  );
}

function isAnnotationKey(value: string): boolean {
  const [name, prefix, ...rest] = value.split('/').reverse();
  return rest.length === 0 && ANNOTATION_NAME.test(name!) && (prefix === undefined || isSubdomain(prefix));
}

function isCidr(value: string): boolean {
  const [address, prefix, ...rest] = value.split('/');
  if (!address || rest.length > 0 || address.includes('%') || !/^(0|[1-9]\d{0,2})$/.test(prefix ?? '')) return false;
  return Number(prefix) <= (isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1);
}
