/** Which connections the NetworkPolicies of a unit allow. */
import type { Path } from '../finding.js';
import { selects } from '../schema/semantics/selectors.js';
import { type Fields, type Manifest, namespaceOf } from '../unit/manifest.js';
import type { View } from '../unit/view.js';
import type { Workload } from '../unit/workloads.js';
import { numberOf } from './targets.js';

/** One rule of a NetworkPolicy that concerns a workload. */
export interface PolicyRule {
  policy: Manifest;
  path: Path;
  peers: Fields[];
  ports: Fields[];
}

/** @returns the rules for a workload in one direction; undefined where no policy isolates it. */
export function policyRules(view: View, workload: Workload, direction: 'ingress' | 'egress'): PolicyRule[] | undefined {
  const policies = view.of('NetworkPolicy').filter((policy) => isolates(policy, workload, direction));
  if (policies.length === 0) return undefined;
  return policies.flatMap((policy) =>
    ((policy['spec']?.[direction] ?? []) as Fields[]).map((rule, index) => ({
      policy,
      path: ['spec', direction, index],
      peers: (rule[direction === 'ingress' ? 'from' : 'to'] ?? []) as Fields[],
      ports: (rule['ports'] ?? []) as Fields[],
    })),
  );
}

/** A policy without policyTypes is for ingress, and for egress where it has rules for that. */
function isolates(policy: Manifest, workload: Workload, direction: 'ingress' | 'egress'): boolean {
  if (namespaceOf(policy) !== workload.namespace || !selects(policy['spec']?.podSelector, workload.labels))
    return false;
  const types = policy['spec']?.policyTypes as string[] | undefined;
  if (types && types.length > 0) return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
  return direction === 'ingress' || (policy['spec']?.egress ?? []).length > 0;
}

/** @returns whether a rule's ports include one. No ports are all of them. */
export function portAllowed(
  { ports }: PolicyRule,
  workload: Workload | undefined,
  port: number,
  protocol: string,
): boolean {
  if (ports.length === 0) return true;
  return ports.some(({ port: own, endPort, protocol: ownProtocol = 'TCP' }) => {
    if (ownProtocol !== protocol) return false;
    if (own === undefined) return true;
    const number = typeof own === 'number' ? own : workload && numberOf(workload, own);
    return number !== undefined && (endPort === undefined ? number === port : number <= port && port <= endPort);
  });
}

/** @returns whether a peer of a policy covers a workload. */
export function peerCovers(peer: Fields, policyNamespace: string, workload: Workload): boolean {
  if (peer['ipBlock']) return false;
  if (peer['namespaceSelector'] === undefined)
    return policyNamespace === workload.namespace && selects(peer['podSelector'], workload.labels);
  const names = { 'kubernetes.io/metadata.name': workload.namespace };
  return (
    selects(peer['namespaceSelector'], names) &&
    (peer['podSelector'] === undefined || selects(peer['podSelector'], workload.labels))
  );
}

/** @returns whether a peer reaches beyond the pods of its own namespace. */
export function reachesOut(peer: Fields): boolean {
  return peer['ipBlock'] !== undefined || peer['namespaceSelector'] !== undefined;
}
