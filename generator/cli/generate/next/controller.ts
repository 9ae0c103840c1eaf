/** What an ingress controller has to be told where it is installed, as no object of the tree can. */
import type { Settings } from '../../../config/index.js';
import { REQUEST_SECONDS } from '../../../features/index.js';
import type { Step } from './steps.js';

/** Annotation that names the entry point of an Ingress. */
const ENTRY_POINTS = 'traefik.ingress.kubernetes.io/router.entrypoints';

/**
 * @returns what is done before the overlay is applied: Traefik ends each request after a minute, whatever the Ingress says
 * @see https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/
 */
export function prepareController({ ingress, tls }: Settings): Step[] {
  if (ingress.type === 'none' || ingress.controller !== 'traefik') return [];
  const entryPoint = ingress.annotations[ENTRY_POINTS] ?? (tls.type === 'none' ? 'web' : 'websecure');
  return [
    {
      what: `Have Traefik wait for large layers: it cuts off a request that takes longer than a minute, and no Ingress can say otherwise. In the values of its Helm chart (docs/how-to/network.md#traefik has other ways):`,
      commands: [
        `ports: { ${entryPoint}: { transport: { respondingTimeouts: { readTimeout: ${REQUEST_SECONDS}s } } } }`,
      ],
    },
  ];
}
