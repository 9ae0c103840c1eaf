/** Addresses and ranges of addresses, as Go's net and net/netip read them. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

interface Range {
  address: string;
  family: 'ipv4' | 'ipv6';
  length: number;
}

/** @returns whether text is a range of addresses, bits beyond its prefix or not. */
export function isRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** @returns whether text is a range without bits beyond its prefix, and no IPv4 address in IPv6's form. */
export function isExactRange(text: string): boolean {
  const range = parseRange(text);
  if (!range || isMapped(range.address)) return false;
  const host = BigInt((range.family === 'ipv4' ? 32 : 128) - range.length);
  return numberOf(range.address) % (1n << host) === 0n;
}

/** @returns whether text is such a range in its shortest form. */
export function isCanonicalRange(text: string): boolean {
  return isExactRange(text) && canonicalAddress(text.split('/')[0]!) === text.split('/')[0];
}

/** @returns whether a range is a proper part of another; true where one of them is none, which is said elsewhere. */
export function isProperPart(part: string, whole: string): boolean {
  const [inner, outer] = [parseRange(part), parseRange(whole)];
  if (!inner || !outer) return true;
  return inner.family === outer.family && inner.length > outer.length && within(outer, inner.address);
}

/** @returns whether an address is an IPv4 address in IPv6's form, as ::ffff:10.0.0.1. */
export function isMapped(address: string): boolean {
  return isIPv6(address) && within({ address: '::ffff:0:0', family: 'ipv6', length: 96 }, address);
}

/** @returns an address in its shortest form, and in lower case; what is no address as it is. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) && !address.includes('%') && !isMapped(address)
    ? new URL(`http://[${address}]`).hostname.slice(1, -1)
    : address;
}

const SPECIAL: [what: string, ranges: Range[]][] = [
  [
    'the unspecified address',
    [
      { address: '0.0.0.0', family: 'ipv4', length: 32 },
      { address: '::', family: 'ipv6', length: 128 },
    ],
  ],
  [
    'a loopback address',
    [
      { address: '127.0.0.0', family: 'ipv4', length: 8 },
      { address: '::1', family: 'ipv6', length: 128 },
    ],
  ],
  [
    'a link-local address',
    [
      { address: '169.254.0.0', family: 'ipv4', length: 16 },
      { address: 'fe80::', family: 'ipv6', length: 10 },
    ],
  ],
  // Of IPv6 any ffx2::, whatever its flags.
  [
    'a link-local multicast address',
    [
      { address: '224.0.0.0', family: 'ipv4', length: 24 },
      ...Array.from({ length: 16 }, (_, flags): Range => ({
        address: `ff${flags.toString(16)}2::`,
        family: 'ipv6',
        length: 16,
      })),
    ],
  ],
];

/** @returns what makes an address no end of a connection, or undefined where nothing does. */
export function specialAddress(address: string): string | undefined {
  return SPECIAL.find(([, ranges]) => ranges.some((range) => within(range, address)))?.[0];
}

function parseRange(text: string): Range | undefined {
  const [address, length, ...rest] = text.split('/');
  if (rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length ?? '') || address!.includes('%')) return undefined;
  if (isIPv4(address!))
    return Number(length) <= 32 ? { address: address!, family: 'ipv4', length: Number(length) } : undefined;
  return isIPv6(address!) && Number(length) <= 128
    ? { address: address!, family: 'ipv6', length: Number(length) }
    : undefined;
}

function within({ address, family, length }: Range, other: string): boolean {
  if (family !== (isIPv4(other) ? 'ipv4' : 'ipv6')) return false;
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return list.check(other, family);
}

function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  // The last two groups may be written as an IPv4 address.
  const hex = address.replace(/[^:]+$/, (last) =>
    last.includes('.') ? (numberOf(last) >> 16n).toString(16) + ':' + (numberOf(last) & 0xffffn).toString(16) : last,
  );
  const [head = [], tail] = hex.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const groups = tail ? [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail] : head;
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
