import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats.js';
import type { Fields, Report } from './index.js';
import { checkPortReference } from './pod.js';

export function checkService({ spec }: Fields, report: Report): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  const type = (spec.type || 'ClusterIP') as string;
  const ports = (spec.ports ?? []) as Fields[];
  const headless = spec.clusterIP === 'None' || (spec.clusterIPs ?? [])[0] === 'None';
  if (ports.length === 0 && !headless && type !== 'ExternalName') report(['spec', 'ports'], 'at least one port is needed', 'missing-field');
  checkPorts(ports, ['spec', 'ports'], type, report);
  const families = (spec.ipFamilies ?? []) as string[];
  for (const [index, family] of families.entries()) if (families.indexOf(family) < index) report(['spec', 'ipFamilies', index], `${family} is there twice`, 'duplicate-item');
  checkClusterIP(spec, type, headless, report);
  if (type === 'ExternalName') {
    const name = String(spec.externalName ?? '').replace(/\.$/, '');
    if (!formats['dns-subdomain']!(name.toLowerCase()) || name !== name.toLowerCase()) report(['spec', 'externalName'], `expected ${expectedFormat('dns-subdomain')}; got ${JSON.stringify(spec.externalName ?? null)}`);
  }
  if (type !== 'LoadBalancer') {
    for (const field of ['loadBalancerClass', 'allocateLoadBalancerNodePorts']) if (spec[field] !== undefined && spec[field] !== null) report(['spec', field], 'belongs to the type LoadBalancer');
    if ((spec.loadBalancerSourceRanges ?? []).length > 0) report(['spec', 'loadBalancerSourceRanges'], 'belongs to the type LoadBalancer');
  }
  const external = type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (spec.externalTrafficPolicy && !external) report(['spec', 'externalTrafficPolicy'], 'belongs to Services that are reached from outside: NodePort, LoadBalancer, or with externalIPs');
  if (spec.healthCheckNodePort && !(type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local')) report(['spec', 'healthCheckNodePort'], 'belongs to the type LoadBalancer with the externalTrafficPolicy Local');
}

function checkPorts(ports: Fields[], path: Path, type: string, report: Report): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, { name, port, protocol, targetPort, nodePort }] of ports.entries()) {
    if (!name && ports.length > 1) report([...path, index], '"name" is missing: of several ports each needs one', 'missing-field');
    if (name && names.has(name)) report([...path, index, 'name'], `two ports are called ${name}`, 'duplicate-item');
    names.add(name);
    const identity = `${port}/${protocol || 'TCP'}`;
    if (numbers.has(identity)) report([...path, index, 'port'], `port ${port} is there twice`, 'duplicate-item');
    numbers.add(identity);
    if (targetPort !== undefined && targetPort !== null && targetPort !== '' && targetPort !== 0) checkPortReference(targetPort, [...path, index, 'targetPort'], report);
    if (nodePort && type !== 'NodePort' && type !== 'LoadBalancer') report([...path, index, 'nodePort'], `belongs to the types NodePort and LoadBalancer, not ${type}`);
  }
}

function checkClusterIP(spec: Fields, type: string, headless: boolean, report: Report): void {
  const ip = spec['clusterIP'] as string | null | undefined;
  if (ip && ip !== 'None' && !formats['ip']!(ip)) report(['spec', 'clusterIP'], `expected an IP address, None, or nothing; got ${JSON.stringify(ip)}`);
  if (headless && (type === 'NodePort' || type === 'LoadBalancer')) report(['spec', 'clusterIP'], `None does not go with the type ${type}`);
  if (type === 'ExternalName' && ip) report(['spec', 'clusterIP'], 'an ExternalName has none');
  const ips = (spec['clusterIPs'] ?? []) as string[];
  if (ips.length > 0 && ip && ips[0] !== ip) report(['spec', 'clusterIPs', 0], `must be clusterIP, ${ip}`);
}
