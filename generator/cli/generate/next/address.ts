/** How clients find the Ingress: an address, and a DNS name that leads to it. */
import type { Settings } from '../../../config/index.js';
import { quote } from '../../shared/shell.js';
import type { Step } from './steps.js';

/** Annotation that names a reserved address of Google's external load balancer. */
const GLOBAL_ADDRESS = 'kubernetes.io/ingress.global-static-ip-name';
/** The same of its internal load balancer. */
const REGIONAL_ADDRESS = 'kubernetes.io/ingress.regional-static-ip-name';

/**
 * @returns what is done before the overlay is applied. Google makes a certificate only for a name that leads to the load
 *   balancer, and gives that another address whenever the Ingress is made anew, unless one is reserved.
 * @see https://docs.cloud.google.com/kubernetes-engine/docs/tutorials/configuring-domain-name-static-ip
 */
export function reserveAddress({ ingress, host, name }: Settings): Step[] {
  if (ingress.type === 'none' || ingress.controller !== 'gce') return [];
  const named = ingress.annotations[GLOBAL_ADDRESS];
  const address = quote(named ?? name);
  const instead =
    named === undefined
      ? ` Name it in registry.yaml, under ingress.annotations (${GLOBAL_ADDRESS}: ${name}), and generate again: without it the address changes whenever the Ingress is made anew.`
      : '';
  return [
    {
      what: `Reserve a static address, and have an A record of ${host} lead to it.${instead}`,
      commands: [
        `gcloud compute addresses create ${address} --global`,
        `gcloud compute addresses describe ${address} --global --format 'value(address)'`,
      ],
    },
  ];
}

/**
 * @returns what is done once the Ingress is there, and has the address of its controller's load balancer
 * @see https://docs.cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balance-ingress
 */
export function findAddress({ ingress, host, name, namespace }: Settings): Step[] {
  if (ingress.type === 'none' || ingress.controller === 'gce') return [];
  const command = `kubectl -n ${namespace} get ingress ${name} -o jsonpath='{.status.loadBalancer.ingress[0]}'`;
  const isInternal = ingress.controller === 'gce-internal';
  return [
    {
      what:
        `Have the DNS name ${host} lead to the address of the Ingress, which it gets after some minutes: by an A record, or by a CNAME where it is a name.` +
        (isInternal && ingress.annotations[REGIONAL_ADDRESS] === undefined
          ? ` It changes whenever the Ingress is made anew, unless ${REGIONAL_ADDRESS} names a reserved one. The network needs a proxy-only subnet, and a firewall rule from it to the pods.`
          : ''),
      commands: [command],
    },
  ];
}
