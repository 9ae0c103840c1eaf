import { isIPv6 } from 'node:net';
import type { Path } from '../../finding.js';
import { specialAddress } from '../formats/addresses.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Target } from '../keywords.js';
import type { Fields, Report } from './report.js';
import { checkPortReference } from './pod/ports.js';

export function checkService({ metadata, spec }: Fields, report: Report, target: Target): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  const type = (spec.type || 'ClusterIP') as string;
  const ports = (spec.ports ?? []) as Fields[];
  const headless = spec.clusterIP === 'None' || (spec.clusterIPs ?? [])[0] === 'None';
  if (ports.length === 0 && !headless && type !== 'ExternalName')
    report(['spec', 'ports'], 'at least one port is needed', 'missing-field');
  checkPorts(ports, ['spec', 'ports'], type, report);
  checkAnnotations(metadata?.annotations ?? {}, spec, type, report, target);
  checkClusterIP(spec, type, headless, report);
  checkFamilies(spec, type, headless, report);
  for (const [index, address] of ((spec.externalIPs ?? []) as string[]).entries()) {
    const special = specialAddress(address);
    if (special)
      report(['spec', 'externalIPs', index], `expected an address that others reach; ${address} is ${special}`);
  }
  if (type === 'ExternalName') {
    const name = String(spec.externalName ?? '').replace(/\.$/, '');
    if (!formats['dns-subdomain']!(name.toLowerCase()) || name !== name.toLowerCase())
      report(
        ['spec', 'externalName'],
        `expected ${expectedFormat('dns-subdomain')}; got ${JSON.stringify(spec.externalName ?? null)}`,
      );
  }
  if (type !== 'LoadBalancer') {
    for (const field of ['loadBalancerClass', 'allocateLoadBalancerNodePorts'])
      if (spec[field] !== undefined && spec[field] !== null)
        report(['spec', field], 'belongs to the type LoadBalancer');
    if ((spec.loadBalancerSourceRanges ?? []).length > 0)
      report(['spec', 'loadBalancerSourceRanges'], 'belongs to the type LoadBalancer');
  }
  const external =
    type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (spec.externalTrafficPolicy && !external)
    report(
      ['spec', 'externalTrafficPolicy'],
      'belongs to Services that are reached from outside: NodePort, LoadBalancer, or with externalIPs',
    );
  if (spec.healthCheckNodePort && !(type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'))
    report(['spec', 'healthCheckNodePort'], 'belongs to the type LoadBalancer with the externalTrafficPolicy Local');
}

function checkPorts(ports: Fields[], path: Path, type: string, report: Report): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, { name, port, protocol, targetPort, nodePort }] of ports.entries()) {
    if (!name && ports.length > 1)
      report([...path, index], '"name" is missing: of several ports each needs one', 'missing-field');
    if (name && names.has(name)) report([...path, index, 'name'], `two ports are called ${name}`, 'duplicate-item');
    names.add(name);
    const identity = `${port}/${protocol || 'TCP'}`;
    if (numbers.has(identity)) report([...path, index, 'port'], `port ${port} is there twice`, 'duplicate-item');
    numbers.add(identity);
    if (targetPort !== undefined && targetPort !== null && targetPort !== '' && targetPort !== 0)
      checkPortReference(targetPort, [...path, index, 'targetPort'], report);
    if (!nodePort) continue;
    // Of an ExternalName it is taken, and means nothing.
    if (type === 'ClusterIP')
      report([...path, index, 'nodePort'], `belongs to the types NodePort and LoadBalancer, not ${type}`);
    const opened = `${nodePort}/${protocol || 'TCP'}`;
    if (nodePorts.has(opened))
      report([...path, index, 'nodePort'], `nodePort ${nodePort} is there twice`, 'duplicate-item');
    nodePorts.add(opened);
  }
}

function checkClusterIP(spec: Fields, type: string, headless: boolean, report: Report): void {
  const ip = spec['clusterIP'] as string | null | undefined;
  const ips = (spec['clusterIPs'] ?? []) as string[];
  if (ip && ip !== 'None' && !formats['ip']!(ip))
    report(['spec', 'clusterIP'], `expected an IP address, None, or nothing; got ${JSON.stringify(ip)}`);
  if (headless && (type === 'NodePort' || type === 'LoadBalancer'))
    report(['spec', 'clusterIP'], `None does not go with the type ${type}`);
  if (type === 'ExternalName') {
    if (ip || ips.length > 0) report(['spec', ip ? 'clusterIP' : 'clusterIPs'], 'an ExternalName has none');
    return;
  }
  if (ips.length === 0) return;
  if (!ip) return report(['spec', 'clusterIPs'], 'needs clusterIP, with the first of these');
  if (ips[0] !== ip) report(['spec', 'clusterIPs', 0], `must be clusterIP, ${ip}`);
  if (ips[0] === 'None' && ips.length > 1) return report(['spec', 'clusterIPs', 1], 'None goes with no other');
  for (const [index, address] of ips.entries())
    if (index > 0 && !formats['ip']!(address))
      report(['spec', 'clusterIPs', index], `expected ${expectedFormat('ip')}; got ${JSON.stringify(address)}`);
  if (ips.length === 2 && isIPv6(ips[0]!) === isIPv6(ips[1]!))
    report(['spec', 'clusterIPs', 1], 'expected an address of the other family');
}

function checkFamilies(spec: Fields, type: string, headless: boolean, report: Report): void {
  const families = (spec['ipFamilies'] ?? []) as string[];
  if (type === 'ExternalName') {
    for (const field of ['ipFamilies', 'ipFamilyPolicy'])
      if (spec[field]?.length > 0) report(['spec', field], 'an ExternalName has none');
    return;
  }
  for (const [index, family] of families.entries())
    if (families.indexOf(family) < index)
      report(['spec', 'ipFamilies', index], `${family} is there twice`, 'duplicate-item');
  const ips = (spec['clusterIPs'] ?? (spec['clusterIP'] ? [spec['clusterIP']] : [])) as string[];
  // Without a selector a headless Service has all families.
  const hasPolicy = !headless || Object.keys(spec['selector'] ?? {}).length > 0;
  const policy = spec['ipFamilyPolicy'] ?? (hasPolicy ? 'SingleStack' : 'RequireDualStack');
  if (policy === 'SingleStack' && (families.length > 1 || ips.length > 1))
    report(
      ['spec', 'ipFamilyPolicy'],
      `must be PreferDualStack or RequireDualStack for two families; got ${spec['ipFamilyPolicy'] ?? 'nothing, which is SingleStack'}`,
    );
  for (const [index, address] of headless ? [] : ips.entries()) {
    const family = isIPv6(address) ? 'IPv6' : 'IPv4';
    if (families[index] && families[index] !== family)
      report(
        ['spec', ...(spec['clusterIPs'] ? ['clusterIPs', index] : ['clusterIP'])],
        `expected an address of ${families[index]}, as ipFamilies says; got ${address}`,
      );
  }
}

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** Annotations that were before fields. */
function checkAnnotations(
  annotations: Record<string, string>,
  spec: Fields,
  type: string,
  report: Report,
  target: Target,
): void {
  const [hints, mode] = [annotations[TOPOLOGY_HINTS], annotations[TOPOLOGY_MODE]];
  if (hints !== undefined && mode !== undefined && hints !== mode)
    report(['metadata', 'annotations', TOPOLOGY_MODE], `must be what ${TOPOLOGY_HINTS} says, ${hints}; got ${mode}`);
  const ranges = annotations[SOURCE_RANGES];
  if (ranges === undefined || (spec['loadBalancerSourceRanges'] ?? []).length > 0) return;
  const at = ['metadata', 'annotations', SOURCE_RANGES];
  if (type !== 'LoadBalancer') report(at, 'belongs to the type LoadBalancer');
  const format = target.last >= 36 ? 'exact-cidr' : 'cidr';
  const wrong = ranges.trim() === '' ? undefined : ranges.split(',').find((range) => !formats[format]!(range.trim()));
  if (wrong !== undefined) report(at, `expected ${expectedFormat(format)}; got ${JSON.stringify(wrong.trim())}`);
}
