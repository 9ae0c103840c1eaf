/** Addresses behind a Service: EndpointSlice and Endpoints. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Path } from '../../finding.js';
import { canonicalAddress, isMapped, specialAddress } from '../formats/addresses.js';
import { formats } from '../formats/index.js';
import type { Target } from '../keywords.js';
import type { Fields, Report } from './report.js';

const ADDRESSES: Record<string, { test: (address: string) => boolean; expected: string }> = {
  IPv4: { test: isIPv4, expected: 'an IPv4 address' },
  IPv6: {
    test: (address) => isIPv6(address) && !address.includes('%') && !isMapped(address),
    expected: 'an IPv6 address',
  },
  FQDN: { test: isFullName, expected: 'a full DNS name such as registry.example.com' },
};

export function checkEndpointSlice({ addressType, endpoints, ports }: Fields, report: Report, target: Target): void {
  const { test, expected } = ADDRESSES[addressType as string] ?? {};
  for (const [index, { addresses, hints }] of ((endpoints ?? []) as Fields[]).entries()) {
    for (const [number, address] of ((addresses ?? []) as string[]).entries()) {
      const at = ['endpoints', index, 'addresses', number];
      if (test && !test(address))
        report(at, `expected ${expected}, as addressType says; got ${JSON.stringify(address)}`);
      else if (addressType !== 'FQDN') checkReachable(address, at, report);
      if (addressType === 'IPv6' && target.last >= 33 && canonicalAddress(address) !== address)
        report(at, `expected the address in its shortest form, ${canonicalAddress(address)}; got ${address}`);
    }
    for (const field of ['forZones', 'forNodes'])
      checkUnique(
        ((hints?.[field] ?? []) as Fields[]).map(({ name }) => name as string),
        (number) => ['endpoints', index, 'hints', field, number, 'name'],
        report,
      );
  }
  // A port without a name is one with an empty name.
  checkUnique(
    ((ports ?? []) as Fields[]).map(({ name }) => (name ?? '') as string),
    (index) => ['ports', index, 'name'],
    report,
  );
}

export function checkEndpoints({ subsets }: Fields, report: Report): void {
  for (const [index, subset] of ((subsets ?? []) as Fields[]).entries()) {
    const lists = ['addresses', 'notReadyAddresses'];
    if (lists.every((field) => (subset[field] ?? []).length === 0))
      report(['subsets', index], 'one of addresses and notReadyAddresses is needed', 'missing-field');
    for (const field of lists) {
      for (const [number, { ip }] of ((subset[field] ?? []) as Fields[]).entries())
        checkReachable(ip, ['subsets', index, field, number, 'ip'], report);
    }
    const ports = (subset['ports'] ?? []) as Fields[];
    for (const [number, { name }] of ports.entries())
      if (!name && ports.length > 1)
        report(
          ['subsets', index, 'ports', number],
          '"name" is missing: of several ports each needs one',
          'missing-field',
        );
  }
}

function checkReachable(address: string, path: Path, report: Report): void {
  const special = specialAddress(address);
  if (special) report(path, `expected an address that others reach; ${address} is ${special}`);
}

function checkUnique(names: string[], path: (index: number) => Path, report: Report): void {
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index) report(path(index), `${JSON.stringify(name)} is there twice`, 'duplicate-item');
}

function isFullName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  return labels.length > 1 && name.length <= 254 && labels.every((label) => formats['dns-label']!(label));
}
