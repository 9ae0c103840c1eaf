import type { Rule } from '../rule.js';

/** A StatefulSet and the Service that names its pods agree. */
export const headlessService: Rule = {
  id: 'headless-service',
  group: 'reference',
  severity: 'error',
  title: 'A StatefulSet names a headless Service that selects its pods.',
  why: 'Names such as redis-0.redis exist only by that Service: with another name, a cluster IP or another selector the pods cannot be found.',
  fix: "Set spec.serviceName to a Service with clusterIP: None and the pods' labels as selector.",
  check(view, report) {
    for (const workload of view.workloads) {
      const { object, namespace } = workload;
      const name = object['spec']?.serviceName as string | undefined;
      if (object.kind !== 'StatefulSet' || !name) continue;
      const service = view.find('Service', name, namespace);
      if (!service) continue; // reference-exists says so
      if (service['spec']?.clusterIP !== 'None')
        report(
          object,
          ['spec', 'serviceName'],
          `the Service ${name} is not headless: its clusterIP is ${service['spec']?.clusterIP ?? 'chosen by the cluster'}`,
          { hint: `set clusterIP: None in Service/${name}` },
        );
      if (!view.behind(service).includes(workload))
        report(object, ['spec', 'serviceName'], `the Service ${name} does not select the pods of this StatefulSet`);
    }
  },
};
