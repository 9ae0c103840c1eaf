import { type Fields, type Manifest, namespaceOf } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import { exposuresOf } from './exposure.js';
import { seconds } from '../workloads/graceful-shutdown.js';
import type { Rule } from '../rule.js';

/** Seconds that the upload of one layer may well take. */
const SLOW_UPLOAD = 600;

/** What stands in front of a registry lets large layers through. */
export const largeLayers: Rule = {
  id: 'large-layers',
  group: 'safety',
  severity: 'error',
  title: 'What stands in front of a registry lets layers of any size through, for minutes.',
  why: 'nginx takes 1 MB by default: the first push answers 413. A Google load balancer cuts every request off after 30 s.',
  fix: 'nginx: proxy-body-size "0", proxy-request-buffering "off", proxy-read-timeout and proxy-send-timeout of minutes. GKE: a BackendConfig with timeoutSec.',
  check(view, report) {
    for (const { by, server } of exposuresOf(view)) {
      if (by.kind !== 'Ingress') continue;
      const annotations = (by.metadata.annotations ?? {}) as Record<string, string>;
      const name = (by['spec']?.ingressClassName ?? annotations['kubernetes.io/ingress.class'] ?? '') as string;
      const isNginx =
        /nginx/.test(name) || Object.keys(annotations).some((key) => key.startsWith('nginx.ingress.kubernetes.io/'));
      if (isNginx) checkNginx(by, annotations, report);
      // GKE serves what says so by the annotation, and nothing else.
      if (annotations['kubernetes.io/ingress.class']?.startsWith('gce')) checkGoogle(view, by, server.workload, report);
    }
  },
};

function checkNginx(
  ingress: Manifest,
  annotations: Record<string, string>,
  report: Parameters<Rule['check']>[1],
): void {
  const prefix = 'nginx.ingress.kubernetes.io/';
  const at = (name: string): (string | number)[] =>
    annotations[prefix + name] === undefined ? ['metadata'] : ['metadata', 'annotations', prefix + name];
  const size = annotations[`${prefix}proxy-body-size`];
  if (size !== '0')
    report(
      ingress,
      at('proxy-body-size'),
      size === undefined
        ? 'proxy-body-size is not set: nginx refuses layers above 1 MB'
        : `nginx refuses layers above ${size}`,
      { hint: `${prefix}proxy-body-size: "0"` },
    );
  const buffering = annotations[`${prefix}proxy-request-buffering`];
  if (buffering !== 'off')
    report(
      ingress,
      at('proxy-request-buffering'),
      'nginx writes each layer to its own disk before the registry gets it',
      { hint: `${prefix}proxy-request-buffering: "off"` },
    );
  for (const name of ['proxy-read-timeout', 'proxy-send-timeout']) {
    const value = annotations[prefix + name];
    const time = value === undefined ? 60 : (seconds(value) ?? Number(value));
    if (time < SLOW_UPLOAD)
      report(ingress, at(name), `${name} is ${time} s: slow uploads are cut off`, { hint: `${prefix}${name}: "3600"` });
  }
}

function checkGoogle(
  view: View,
  ingress: Manifest,
  workload: { namespace: string },
  report: Parameters<Rule['check']>[1],
): void {
  const names = new Set(
    ((ingress['spec']?.rules ?? []) as Fields[]).flatMap(({ http }) =>
      ((http?.paths ?? []) as Fields[]).map(({ backend }) => backend?.service?.name as string),
    ),
  );
  for (const service of view
    .of('Service', '')
    .filter((one) => names.has(one.metadata.name) && namespaceOf(one) === workload.namespace)) {
    const name = /"default":"([^"]+)"/.exec(
      service.metadata.annotations?.['cloud.google.com/backend-config'] ?? '',
    )?.[1];
    const config = name === undefined ? undefined : view.find('BackendConfig', name, workload.namespace);
    if (name === undefined)
      report(service, ['metadata'], "has no BackendConfig: Google's load balancer cuts uploads off after 30 s");
    else if (config && (config['spec']?.timeoutSec ?? 30) < SLOW_UPLOAD)
      report(
        config,
        config['spec']?.timeoutSec === undefined ? ['spec'] : ['spec', 'timeoutSec'],
        `timeoutSec is ${config['spec']?.timeoutSec ?? 30}: slow uploads are cut off`,
      );
  }
}
