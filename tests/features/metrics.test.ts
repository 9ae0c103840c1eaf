/** Prometheus, and nobody else, reaches the metrics, and nobody the debug server: it shows passwords, without a login. */
import type { Container, Service } from 'kubernetes-types/core/v1';
import type { IngressBackend, NetworkPolicy, NetworkPolicyIngressRule } from 'kubernetes-types/networking/v1';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import type { Settings } from '../../generator/config/index.js';
import { buildModel } from '../../generator/features/index.js';
import { finish } from '../../generator/kustomize/index.js';
import { type KubernetesObject, podSpecOf } from '../../generator/model/index.js';
import { configOf, modelOf, only, shipped } from '../support/config.js';
import { often, randomConfigs } from '../support/configs.js';

const test = suite('metrics');
const PORT = 5001;
const on = { metrics: { enabled: true } };

/** The finished objects of the base or of an overlay, and what was chosen for it. */
interface Variant {
  settings: Settings;
  objects: KubernetesObject[];
}

function variantsOf(text: string): Variant[] {
  const { base, overlays } = configOf(text);
  return [base, ...overlays.map(({ settings }) => settings)].map((settings) => ({
    settings,
    objects: finish(buildModel(settings), []),
  }));
}

/** The shipped overlays with metrics on, and random ones with and without. */
const variants = [
  stringify({ ...(parse(shipped) as object), metrics: { enabled: true, podMonitor: true } }),
  ...randomConfigs(often(50, 100), 21),
].flatMap(variantsOf);
const enabled = variants.filter(({ settings }) => settings.metrics.enabled);

/** Containers of the registry's pods. */
const containersOf = (variant: Variant): Container[] => {
  const { containers, initContainers = [] } = podSpecOf(only(variant, 'Deployment'))!;
  return [...initContainers, ...containers];
};
const configYml = ({ objects }: Variant): Record<string, any> =>
  parse(
    objects.flatMap((object) => (object as { data?: Record<string, string> }).data?.['config.yml'] ?? [])[0]!,
  ) as Record<string, any>;
const policiesFor = ({ objects }: Variant, component: string): NetworkPolicy[] =>
  objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .filter(
      (object) => (object as NetworkPolicy).spec!.podSelector.matchLabels!['app.kubernetes.io/component'] === component,
    ) as NetworkPolicy[];

/** @returns whether a rule lets in on a port, given by number or by name; a rule without ports lets in on all. */
function opens({ ports = [] }: NetworkPolicyIngressRule, number: number): boolean {
  return (
    ports.length === 0 ||
    ports.some(
      ({ port, endPort }) =>
        port === undefined ||
        port === 'metrics' ||
        port === number ||
        (endPort !== undefined && Number(port) <= number && number <= endPort),
    )
  );
}

test('a sidecar serves them on a named port, and the registry itself to the sidecar only, where asked', () => {
  assert.ok(enabled.length > 50 && enabled.length < variants.length, `${enabled.length} of ${variants.length}`);
  for (const variant of variants) {
    const { debug } = configYml(variant)['http'] as { debug?: unknown };
    const serving = containersOf(variant).filter(({ ports = [] }) =>
      ports.some(({ name, containerPort }) => name === 'metrics' || containerPort === PORT),
    );
    assert.equal(
      debug,
      variant.settings.metrics.enabled
        ? { addr: '127.0.0.1:5002', prometheus: { enabled: true, path: '/metrics' } }
        : undefined,
    );
    assert.equal(
      serving.map(({ name, image, ports }) => ({ name, image, ports })),
      variant.settings.metrics.enabled
        ? [
            {
              name: 'metrics',
              image: variant.settings.metrics.image,
              ports: [{ name: 'metrics', containerPort: PORT, protocol: 'TCP' }],
            },
          ]
        : [],
    );
  }
});

test("the network policy lets in Prometheus' namespace alone", () => {
  for (const variant of variants) {
    const { metrics } = variant.settings;
    const rules = policiesFor(variant, 'registry').flatMap(({ spec }) =>
      spec!.ingress!.filter((rule) => opens(rule, PORT)),
    );
    const prometheus = (namespace: string): NetworkPolicyIngressRule => ({
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }],
      ports: [{ port: PORT, protocol: 'TCP' }],
    });
    assert.equal(rules, metrics.enabled ? [prometheus(metrics.namespace)] : []);
  }
  const [rule] = only<NetworkPolicy>(modelOf(on), 'NetworkPolicy', 'registry').spec!.ingress!;
  assert.is(
    rule!.from![0]!.namespaceSelector!.matchLabels!['kubernetes.io/metadata.name'],
    'monitoring',
    'unless said otherwise',
  );
});

test('no Service and no Ingress leads there', () => {
  let backends = 0;
  for (const variant of enabled) {
    const ports = variant.objects
      .filter(({ kind }) => kind === 'Service')
      .flatMap((object) => (object as Service).spec!.ports!);
    for (const { port, targetPort } of ports)
      assert.ok(![port, targetPort].some((one) => one === PORT || one === 'metrics' || one === undefined));
    const named: IngressBackend[] = [];
    // Wherever in the Ingress it stands.
    JSON.stringify(
      variant.objects.filter(({ kind }) => kind === 'Ingress'),
      (key, value: unknown) => {
        if (key === 'backend' || key === 'defaultBackend') named.push(value as IngressBackend);
        return value;
      },
    );
    for (const { service } of named) assert.equal(service!.port, { name: 'http' });
    backends += named.length;
  }
  assert.ok(backends > 20, `${backends} backends`);
});

test('a PodMonitor selects the registry pods and their port, where asked', () => {
  for (const variant of variants) {
    const monitors = variant.objects.filter(({ kind }) => kind === 'PodMonitor') as (KubernetesObject & {
      spec: object;
    })[];
    const { metrics } = variant.settings;
    assert.is(monitors.length, metrics.enabled && metrics.podMonitor ? 1 : 0);
    for (const { spec } of monitors) {
      const { selector } = only<{ spec: { selector: object } }>(variant, 'Deployment').spec;
      assert.equal(spec, { selector, podMetricsEndpoints: [{ port: 'metrics', path: '/metrics' }] });
    }
  }
});

test('an overlay can switch them off again, or scrape from elsewhere', () => {
  const { overlays } = configOf({
    ...on,
    overlays: { none: { metrics: { enabled: false } }, other: { metrics: { namespace: 'prometheus' } } },
  });
  assert.equal(
    overlays.map(({ settings }) => settings.metrics),
    [
      { enabled: false },
      { enabled: true, namespace: 'prometheus', image: 'node:24.21.0-alpine3.24', podMonitor: false },
    ],
  );
});

test.run();
