import { needsOf } from '../../network/needs.js';
import type { PolicyRule } from '../../network/policies.js';
import { reachesOut } from '../../network/policies.js';
import { peerCovers } from '../../network/policies.js';
import { portAllowed } from '../../network/policies.js';
import { policyRules } from '../../network/policies.js';
import { namespaceOf } from '../../unit/manifest.js';
import type { Workload } from '../../unit/workloads.js';
import type { Rule } from '../rule.js';

/** NetworkPolicies let through what the unit needs. */
export const networkPolicyNeeded: Rule = {
  id: 'network-policy-needed',
  group: 'reference',
  severity: 'error',
  title: 'NetworkPolicies let through what the unit needs: registry to Redis, ingress to registry, DNS, storage.',
  why: 'A connection that no policy allows is dropped without an answer: the registry waits for its timeouts, and a push hangs.',
  fix: 'Allow the connection on both sides: egress where it begins, ingress where it ends. A name needs DNS too (port 53, UDP and TCP).',
  check(view, report) {
    const reported = new Set<string>();
    for (const { from, to, port, protocol, why, optional } of needsOf(view)) {
      if (optional) continue;
      const reportAt = (workload: Workload, direction: string, what: string): void => {
        const policy = view
          .of('NetworkPolicy')
          .find(
            (one) =>
              namespaceOf(one) === workload.namespace &&
              view.selected(one['spec']?.podSelector, workload.namespace).includes(workload),
          );
        const message = `does not let ${what}: ${why}`;
        if (!policy || reported.has(policy.metadata.name + message)) return;
        reported.add(policy.metadata.name + message);
        report(policy, ['spec', direction], message);
      };
      const target = typeof to === 'object' ? to.workload : undefined;
      const label = ({ object }: Workload): string => `${object.kind}/${object.metadata.name}`;
      if (from !== 'outside') {
        const rules = policyRules(view, from, 'egress');
        const where = target ? label(target) : to === 'dns' ? 'the DNS' : 'the outside';
        if (rules && !rules.some((rule) => portAllowed(rule, target, port, protocol) && leadsTo(rule, to, target)))
          reportAt(from, 'egress', `${label(from)} connect to ${where} on ${protocol} ${port}`);
      }
      if (target) {
        const rules = policyRules(view, target, 'ingress');
        const allowed = (rule: PolicyRule): boolean =>
          rule.peers.length === 0 ||
          rule.peers.some((peer) => (from === 'outside' ? true : peerCovers(peer, namespaceOf(rule.policy), from)));
        if (rules && !rules.some((rule) => portAllowed(rule, target, port, protocol) && allowed(rule)))
          reportAt(
            target,
            'ingress',
            `${from === 'outside' ? 'anyone' : label(from)} connect to ${label(target)} on ${protocol} ${port}`,
          );
      }
    }
  },
};

function leadsTo({ peers, policy }: PolicyRule, to: unknown, target: Workload | undefined): boolean {
  if (peers.length === 0) return true;
  if (target) return peers.some((peer) => peerCovers(peer, namespaceOf(policy), target));
  return to === 'dns' || to === 'outside' ? peers.some(reachesOut) : false;
}
