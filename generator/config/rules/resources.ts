/** Requests and limits. */
import { parseQuantity } from '../quantity.js';
import type { Rule } from './rule.js';

const exceeds = (request: string, limit: string): boolean => parseQuantity(request)! > parseQuantity(limit)!;

export const resourceRules: readonly Rule[] = [
  {
    id: 'request-within-limit',
    check({ settings, report }) {
      const { cpu, cpuLimit, memory, memoryLimit } = settings.resources;
      if (cpuLimit && exceeds(cpu, cpuLimit))
        report(
          ['resources.cpu', 'resources.cpuLimit'],
          `the request of ${cpu} exceeds the limit of ${cpuLimit}; lower the request, or raise the limit`,
        );
      if (exceeds(memory, memoryLimit))
        report(
          ['resources.memory', 'resources.memoryLimit'],
          `the request of ${memory} exceeds the limit of ${memoryLimit}; lower the request, or raise the limit`,
        );
    },
  },
];
