import { needsOf, type Need } from '../../network/needs.js';
import type { PolicyRule } from '../../network/policies.js';
import { reachesOut } from '../../network/policies.js';
import { peerCovers } from '../../network/policies.js';
import { portAllowed } from '../../network/policies.js';
import { policyRules } from '../../network/policies.js';
import type { Path } from '../../finding.js';
import { type Fields, type Manifest, namespaceOf } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Workload } from '../../unit/workloads.js';
import { isRedis } from '../../unit/redis.js';
import type { Rule } from '../rule.js';

/** NetworkPolicies let nothing through that the unit does not need. */
export const networkPolicyExcess: Rule = {
  id: 'network-policy-excess',
  group: 'safety',
  severity: 'error',
  title: 'NetworkPolicies let nothing through that the unit does not need.',
  why: 'What is open without need is what an intruder goes through: a Redis that every pod may write to, a registry pod that may call home.',
  fix: 'Remove the rule, the peer or the port; name ports always.',
  check(view, report) {
    const needs = needsOf(view);
    const reported = new Set<string>();
    const reportAt = (policy: Manifest, path: Path, message: string): void => {
      const key = [namespaceOf(policy), policy.metadata.name, ...path].join('/');
      if (reported.has(key)) return;
      reported.add(key);
      report(policy, path, message);
    };
    for (const workload of view.workloads) {
      const label = `${workload.object.kind}/${workload.object.metadata.name}`;
      for (const rule of policyRules(view, workload, 'ingress') ?? [])
        checkIngress(view, workload, rule, needs, (path, message) =>
          reportAt(rule.policy, path, `${label}: ${message}`),
        );
      for (const rule of policyRules(view, workload, 'egress') ?? [])
        checkEgress(view, workload, rule, needs, (path, message) =>
          reportAt(rule.policy, path, `${label}: ${message}`),
        );
    }
  },
};

type ReportAt = (path: Path, message: string) => void;

function checkIngress(view: View, workload: Workload, rule: PolicyRule, needs: Need[], reportAt: ReportAt): void {
  if (rule.ports.length === 0) return reportAt(rule.path, 'every port is open; name those that are needed');
  const listening = workload.containers.flatMap(({ container }) => container.ports ?? []);
  for (const [index, { port, endPort }] of rule.ports.entries()) {
    const at = [...rule.path, 'ports', index];
    if (port === undefined || endPort !== undefined)
      reportAt(at, 'a range of ports is open; name those that are needed');
    else if (
      !listening.some(({ name, containerPort }) => (typeof port === 'number' ? containerPort === port : name === port))
    )
      reportAt([...at, 'port'], `no container listens on ${port}`);
  }
  // A registry is there for others, and who they are is the user's to say. A Redis is there for its registry only.
  if (
    !workload.containers.some(({ container }) => isRedis(container)) ||
    workload.containers.some((container) =>
      view.registries.some((registry) => registry.container === container.container),
    )
  )
    return;
  const clients = new Set(
    needs.flatMap(({ from, to }) =>
      from !== 'outside' && typeof to === 'object' && to.workload === workload ? [from] : [],
    ),
  );
  if (rule.peers.length === 0) return reportAt(rule.path, 'everyone may connect; name the pods that need it');
  for (const [index, peer] of rule.peers.entries()) {
    const at = [...rule.path, 'from', index];
    if (reachesOut(peer) && !onlyNamespace(peer, workload.namespace))
      reportAt(at, 'other namespaces may connect, and nothing there needs to');
    for (const other of view.workloads) {
      if (peerCovers(peer, namespaceOf(rule.policy), other) && !clients.has(other))
        reportAt(at, `${other.object.kind}/${other.object.metadata.name} may connect, and does not need to`);
    }
  }
}

function checkEgress(view: View, workload: Workload, rule: PolicyRule, needs: Need[], reportAt: ReportAt): void {
  const own = needs.filter(({ from }) => from === workload);
  const outside = own.filter(({ to }) => to === 'outside');
  const dns = own.some(({ to }) => to === 'dns');
  const onlyDns =
    rule.ports.length > 0 &&
    rule.ports.every(({ port, endPort }) => (port === 53 || port === 'dns') && endPort === undefined);
  if (onlyDns) return dns ? undefined : reportAt(rule.path, 'DNS is let out, and nothing is looked up');
  if (rule.ports.length === 0) return reportAt(rule.path, 'every port is let out; name those that are needed');
  const needed = outside.some(({ port, protocol }) => portAllowed(rule, undefined, port, protocol));
  if (rule.peers.length === 0 && !needed)
    return reportAt(rule.path, 'connections to anywhere are let out, and none is needed');
  for (const [index, peer] of rule.peers.entries()) {
    const at = [...rule.path, 'to', index];
    const inside = view.workloads.filter((other) => peerCovers(peer, namespaceOf(rule.policy), other));
    const targets = own.filter(
      ({ to, port, protocol }) =>
        typeof to === 'object' && inside.includes(to.workload) && portAllowed(rule, to.workload, port, protocol),
    );
    if (reachesOut(peer) ? !needed && targets.length === 0 : targets.length === 0)
      reportAt(at, 'connections there are let out, and none is needed');
    for (const other of inside) {
      if (!targets.some(({ to }) => typeof to === 'object' && to.workload === other) && targets.length > 0)
        reportAt(
          at,
          `connections to ${other.object.kind}/${other.object.metadata.name} are let out, and none is needed`,
        );
    }
  }
}

function onlyNamespace(peer: Fields, namespace: string): boolean {
  return peer['namespaceSelector']?.matchLabels?.['kubernetes.io/metadata.name'] === namespace;
}
