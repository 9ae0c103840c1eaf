import { policyRules } from '../../network/policies.js';
import type { Rule } from '../rule.js';

/** Every pod is isolated in both directions. */
export const networkPolicyCovers: Rule = {
  id: 'network-policy-covers',
  group: 'safety',
  severity: 'error',
  title: 'Every pod is selected by a NetworkPolicy, for ingress and for egress.',
  why: 'A pod that no policy selects can be reached by every pod of the cluster, and reach the internet. A Redis without a policy is open to all.',
  fix: 'Add a NetworkPolicy that selects the pods, with policyTypes Ingress and Egress.',
  check(view, report) {
    for (const workload of view.workloads) {
      const open = (['ingress', 'egress'] as const).filter((direction) => !policyRules(view, workload, direction));
      if (open.length > 0)
        report(
          workload.object,
          workload.path.slice(0, -1),
          `no NetworkPolicy selects its pods for ${open.join(' or ')}`,
        );
    }
  },
};
