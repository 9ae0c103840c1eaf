/**
 * The formats that Kubernetes' schemas and schemas/kubernetes/constraints.yaml name: what the API server's Go code takes
 * for a name, a quantity, an address. Each says in `expected` what a person should write.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { isCanonicalRange, isExactRange, isMapped, isRange } from './addresses.js';
import { GO_DURATION, isSchedule, isZone } from './schedule.js';

interface Format {
  test: (value: string) => boolean;
  expected: string;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
// Quantities, and they alone, may have spaces around them.
const QUANTITY = /^\s*[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?\s*$/;
const ISCSI_NAME =
  /^(?=iqn).*iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$|^eui.[A-Za-z0-9]{16}$|^naa.[A-Za-z0-9]{32}$/s;
const RFC3339 =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
/** Times of leases and events: six digits after the second, no more and no fewer. */
const MICRO_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
/** Words that CEL keeps for itself. */
const CEL_RESERVED =
  /^(as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package|return|true|var|void|while)$/;

/** As Go reads it: a day that its month has, and no leap second. */
function isTime(value: string): boolean {
  return RFC3339.test(value) && isDate(value.slice(0, 10));
}

function isDate(value: string): boolean {
  const [year, month, day] = value.split('-').map(Number) as [number, number, number];
  return (
    /^\d{4}-\d\d-\d\d$/.test(value) &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(2000, month, 0)).getUTCDate() &&
    !(month === 2 && day === 29 && !isLeap(year))
  );
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const isLabel = (value: string): boolean => value.length <= 63 && LABEL.test(value);
const isSubdomain = (value: string): boolean => value.length <= 253 && SUBDOMAIN.test(value);

function isQualifiedName(value: string): boolean {
  const parts = value.split('/');
  if (parts.length > 2) return false;
  const name = parts.at(-1)!;
  return name.length <= 63 && QUALIFIED.test(name) && (parts.length === 1 || isSubdomain(parts[0]!));
}

function isPortName(value: string): boolean {
  return (
    value.length <= 15 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value) && /[a-z]/.test(value) && !value.includes('--')
  );
}

/** DNS name whose first label may be an asterisk. */
function isWildcardSubdomain(value: string): boolean {
  return value.length <= 253 && value.startsWith('*.') && SUBDOMAIN.test(value.slice(2));
}

const table: Record<string, Format> = {
  quantity: { test: (value) => QUANTITY.test(value), expected: 'a quantity such as 500m, 2 or 1Gi' },
  byte: {
    test: (value) =>
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, '')),
    expected: 'text in base64',
  },
  'date-time': { test: isTime, expected: 'a time such as 2025-01-31T08:00:00Z' },
  'micro-time': {
    test: (value) => MICRO_TIME.test(value) && isDate(value.slice(0, 10)),
    expected: 'a time with six digits after the second such as 2025-01-31T08:00:00.000000Z',
  },
  date: { test: isDate, expected: 'a date such as 2025-01-31' },
  duration: {
    test: (value) =>
      GO_DURATION.test(value) || /^\d+ *(ns|us|µs|ms|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s?$/i.test(value),
    expected: 'a duration such as 30s, 5m or 1h30m',
  },
  'go-duration': { test: (value) => GO_DURATION.test(value), expected: 'a duration such as 30s, 5m or 1h30m' },
  // Go's reader of addresses in schemas takes zeros in front.
  ipv4: { test: (value) => isIPv4(value.replace(/\b0+(?=\d)/g, '')), expected: 'an IPv4 address' },
  ipv6: { test: (value) => isIPv6(value) && !value.includes('%'), expected: 'an IPv6 address' },
  ip: { test: (value) => isIP(value) > 0 && !value.includes('%'), expected: 'an IP address' },
  cidr: { test: isRange, expected: 'a range of addresses such as 10.0.0.0/8' },
  'exact-cidr': { test: isExactRange, expected: 'a range of addresses without host bits such as 10.0.0.0/8' },
  'canonical-cidr': {
    test: isCanonicalRange,
    expected: 'a range of addresses in its shortest form, without host bits such as 10.0.0.0/8',
  },
  'spaced-cidr': { test: (value) => isRange(value.trim()), expected: 'a range of addresses such as 10.0.0.0/8' },
  'spaced-exact-cidr': {
    test: (value) => isExactRange(value.trim()),
    expected: 'a range of addresses without host bits such as 10.0.0.0/8',
  },
  'plain-ip': {
    test: (value) => !isMapped(value),
    expected: "an IPv4 address in its own form such as 10.0.0.1, not in IPv6's",
  },
  uri: {
    test: (value) => /^(?:[A-Za-z][A-Za-z0-9+.-]*:\S|\/)/.test(value) && URL.canParse(value, 'http://x'),
    expected: 'a URI',
  },
  email: { test: (value) => /^[^@\s]+@[^@\s]+$/.test(value), expected: 'an e-mail address' },
  hostname: {
    test: (value) =>
      value.length <= 255 &&
      /^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*\.?$/.test(value),
    expected: 'a host name',
  },
  uuid: {
    test: (value) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value),
    expected: 'a UUID',
  },
  'dns-label': {
    test: isLabel,
    expected: 'a name of at most 63 lower-case letters, digits and "-", beginning and ending with a letter or digit',
  },
  'dns-1035-label': {
    test: (value) => value.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(value),
    expected:
      'a name of at most 63 lower-case letters, digits and "-", beginning with a letter and not ending with "-"',
  },
  'dns-subdomain': {
    test: isSubdomain,
    expected: 'a name of lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit',
  },
  'dns-host': {
    test: (value) => isSubdomain(value) || isWildcardSubdomain(value),
    expected: 'a DNS name in lower case such as registry.example.com',
  },
  'qualified-name': {
    test: isQualifiedName,
    expected: 'a name such as app or example.com/app, of letters, digits, "-", "_" and "."',
  },
  'label-value': {
    test: (value) => value === '' || (value.length <= 63 && QUALIFIED.test(value)),
    expected: 'at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit',
  },
  'port-name': {
    test: isPortName,
    expected: 'a port name of at most 15 lower-case letters, digits and "-", with a letter',
  },
  'env-name': {
    test: (value) => value !== '' && /^[ -<>-~]+$/.test(value),
    expected: 'a variable name of printable ASCII without "="',
  },
  'config-map-key': {
    test: (value) => value.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(value) && value !== '.' && !value.startsWith('..'),
    expected: 'a key of letters, digits, "-", "_" and "."',
  },
  'http-header-name': { test: (value) => /^[-A-Za-z0-9]+$/.test(value), expected: 'the name of an HTTP header' },
  'absolute-path': { test: (value) => value.startsWith('/'), expected: 'an absolute path' },
  'local-path': {
    test: (value) => !value.startsWith('/') && !value.split('/').includes('..'),
    expected: 'a relative path without ".."',
  },
  'no-backsteps': { test: (value) => !value.split('/').includes('..'), expected: 'a path without ".."' },
  percent: { test: (value) => /^\d+%$/.test(value), expected: 'a number or a percentage such as 25%' },
  filled: { test: (value) => value.trim() !== '', expected: 'text that is not empty' },
  'cel-name': {
    test: (value) => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(value) && !CEL_RESERVED.test(value),
    expected: 'a name of letters, digits and "_", not beginning with a digit',
  },
  trimmed: { test: (value) => value === value.trim(), expected: 'text without spaces around it' },
};

const isResourceName = (value: string): boolean =>
  isQualifiedName(value) &&
  (value.includes('/') ||
    ['cpu', 'memory', 'ephemeral-storage', 'storage'].includes(value) ||
    value.startsWith('hugepages-'));

/** What a container may ask for: names of its own domain would look like quotas if they began with "requests.". */
function isContainerResource(value: string): boolean {
  if (!value.includes('/'))
    return (
      isQualifiedName(value) &&
      (['cpu', 'memory', 'ephemeral-storage'].includes(value) || value.startsWith('hugepages-'))
    );
  return (
    isQualifiedName(value) &&
    (value.includes('kubernetes.io/') || (!value.startsWith('requests.') && isQualifiedName(`requests.${value}`)))
  );
}

/** DOMAIN/NAME, the domain of two parts at least. */
function isSignerName(value: string): boolean {
  const [domain, name, ...rest] = value.split('/');
  return (
    rest.length === 0 &&
    name !== undefined &&
    value.length <= 571 &&
    isSubdomain(domain!) &&
    domain!.includes('.') &&
    domain!.split('.').every(isLabel) &&
    name.split('.').every(isSubdomain)
  );
}

/** USER or DOMAIN\\USER of Windows. */
function isWindowsUser(value: string): boolean {
  const parts = value.split('\\');
  const user = parts.at(-1)!;
  const isUser = user.length <= 104 && /^[^"/\\:;|=,+*?<>@[\]\x00-\x1f\x7f]+$/.test(user) && !/^[. ]+$/.test(user);
  return isUser && (parts.length === 1 || (parts.length === 2 && isWindowsDomain(parts[0]!)));
}

function isWindowsDomain(domain: string): boolean {
  const isNetBios = /^[^\\/:*?"<>|.\x00-\x1f\x7f][^\\/:*?"<>|\x00-\x1f\x7f]{0,14}$/.test(domain);
  return (
    domain.length < 256 &&
    (isNetBios || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(domain))
  );
}

/** HOST:PORT as Go splits it: a colon in the host needs brackets. */
function isHostPort(value: string): boolean {
  return /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(value);
}

Object.assign(table, {
  'positive-quantity': {
    test: (value) => QUANTITY.test(value) && (!value.trimStart().startsWith('-') || Number.parseFloat(value) === 0),
    expected: 'a quantity such as 500m, 2 or 1Gi, not below 0',
  },
  'qualified-name-any-case': {
    test: (value) => isQualifiedName(value.toLowerCase()),
    expected: table['qualified-name']!.expected,
  },
  finalizer: { test: isQualifiedName, expected: table['qualified-name']!.expected },
  'resource-name': {
    test: isResourceName,
    expected: 'cpu, memory, ephemeral-storage, or a name with a domain such as nvidia.com/gpu',
  },
  'container-resource': {
    test: isContainerResource,
    expected: 'cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain such as nvidia.com/gpu',
  },
  'signer-name': { test: isSignerName, expected: 'a signer such as example.com/my-signer' },
  'windows-user': { test: isWindowsUser, expected: 'a user of Windows such as ContainerUser or DOMAIN\\user' },
  'host-ports': {
    test: (value) => value.split(',').every(isHostPort),
    expected: 'a host and port such as quobyte.example.com:7861, or several with commas between them',
  },
  'iscsi-name': {
    test: (value) => ISCSI_NAME.test(value),
    expected: 'an iSCSI name such as iqn.2001-04.com.example:storage, or one that begins with eui. or naa.',
  },
  'search-domain': {
    test: (value) =>
      value === '.' ||
      (value.length <= 254 && /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*\.?$/.test(value)),
    expected: 'a DNS domain',
  },
  'csi-driver': {
    test: (value) =>
      value.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i.test(value),
    expected: 'the name of a CSI driver such as pd.csi.storage.gke.io',
  },
  controller: {
    test: (value) => value.includes('/') && isQualifiedPath(value),
    expected: 'a controller such as k8s.io/ingress-nginx',
  },
  'domain-path': {
    test: (value) => value.includes('/') && isQualifiedPath(value),
    expected: 'a name with a domain such as example.com/controller',
  },
  'controller-name': {
    test: (value) => value !== '' && isQualifiedName(value.toLowerCase()),
    expected: 'the name of a provisioner such as pd.csi.storage.gke.io',
  },
  'count-or-percent': { test: (value) => /^\d+%$/.test(value), expected: 'a number or a percentage such as 25%' },
  cron: { test: isSchedule, expected: 'a cron schedule such as "17 3 * * 0"' },
  'time-zone': { test: isZone, expected: 'a time zone such as Etc/UTC' },
} satisfies Record<string, Format>);
for (const name of ['dns-label', 'dns-subdomain', 'dns-host', 'qualified-name', 'port-name', 'env-name']) {
  const { test, expected } = table[name]!;
  table[`optional-${name}`] = { test: (value) => value === '' || test(value), expected };
}

function isQualifiedPath(value: string): boolean {
  const [domain, ...path] = value.split('/');
  return isSubdomain(domain!) && /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path.join('/'));
}

/** For the compiled schemas: format name -> whether a value has it. */
export const formats: Record<string, (value: string) => boolean> = Object.fromEntries(
  Object.entries(table).map(([name, { test }]) => [name, test]),
);

/** @returns in words what a value of this format looks like. */
export function expectedFormat(format: string): string {
  return table[format]?.expected ?? `a value of the format ${format}`;
}
