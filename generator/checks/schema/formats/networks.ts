/** Addresses, hosts and URIs. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { isCanonicalRange, isExactRange, isMapped, isRange } from './addresses.js';
import { isSubdomain, isWildcardSubdomain } from './dns.js';
import type { Format } from './format.js';

const ISCSI_NAME =
  /^(?=iqn).*iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$|^eui.[A-Za-z0-9]{16}$|^naa.[A-Za-z0-9]{32}$/s;

/** HOST:PORT as Go splits it: a colon in the host needs brackets. */
function isHostPort(value: string): boolean {
  return /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(value);
}

export const networks: Record<string, Format> = {
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
  'dns-host': {
    test: (value) => isSubdomain(value) || isWildcardSubdomain(value),
    expected: 'a DNS name in lower case such as registry.example.com',
  },
  'host-ports': {
    test: (value) => value.split(',').every(isHostPort),
    expected: 'a host and port such as quobyte.example.com:7861, or several with commas between them',
  },
  'search-domain': {
    test: (value) =>
      value === '.' ||
      (value.length <= 254 && /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*\.?$/.test(value)),
    expected: 'a DNS domain',
  },
  'iscsi-name': {
    test: (value) => ISCSI_NAME.test(value),
    expected: 'an iSCSI name such as iqn.2001-04.com.example:storage, or one that begins with eui. or naa.',
  },
};
