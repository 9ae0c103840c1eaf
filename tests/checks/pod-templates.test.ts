/** What is asked of pods by some minors alone, and of templates. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errorsOf, pod, NEWEST, deployment, type Fields } from './pod-specs.js';

const test = suite('pods: minors and templates');

test('a template is asked for less than a Pod, which has its defaults', () => {
  const ports = {
    hostNetwork: true,
    containers: ['a', 'b'].map((name) => ({ name, image: 'i', ports: [{ containerPort: 80 }] })),
  };
  assert.equal(errorsOf(pod(ports), NEWEST), [
    'spec.containers[1].ports[0].containerPort: port 80 of the node is taken twice',
  ]);
  assert.equal(errorsOf(deployment(ports), NEWEST), []);
  const spread = {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'z',
        whenUnsatisfiable: 'DoNotSchedule',
        matchLabelKeys: ['a'],
        labelSelector: { matchLabels: { a: 'b' } },
      },
    ],
  };
  assert.equal(errorsOf(pod(spread, { labels: { a: 'b' } }), NEWEST), [
    'spec.topologySpreadConstraints[0].matchLabelKeys[0]: a is in the labelSelector already',
  ]);
  assert.equal(errorsOf(deployment(spread), NEWEST), []);
});

test('annotations that were fields are looked at, in templates too', () => {
  const cases: [annotations: Record<string, string>, spec: Fields, reported: string[]][] = [
    [
      { 'controller.kubernetes.io/pod-deletion-cost': '01' },
      {},
      [
        '["controller.kubernetes.io/pod-deletion-cost"]: expected a whole number from -2147483648 to 2147483647; got "01"',
      ],
    ],
    [
      { 'container.apparmor.security.beta.kubernetes.io/x': 'unconfined' },
      {},
      ['["container.apparmor.security.beta.kubernetes.io/x"]: there is no container "x"'],
    ],
    [
      { 'scheduler.alpha.kubernetes.io/tolerations': '{}' },
      {},
      ['["scheduler.alpha.kubernetes.io/tolerations"]: expected a list of tolerations in JSON'],
    ],
    [
      { 'seccomp.security.alpha.kubernetes.io/pod': 'docker/default' },
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      [],
    ],
  ];
  for (const [annotations, spec, reported] of cases) {
    assert.equal(
      errorsOf(pod(spec, { annotations }), NEWEST),
      reported.map((line) => `metadata.annotations${line}`),
    );
    assert.equal(
      errorsOf(deployment(spec, { annotations }), NEWEST),
      reported.map((line) => `spec.template.metadata.annotations${line}`),
    );
  }
  assert.equal(errorsOf(deployment({}, { annotations: { 'a b': 'x' } }), NEWEST).length, 1);
});

test.run();
