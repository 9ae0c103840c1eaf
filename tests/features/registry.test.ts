/** The pods of the registry, their storage and the collection of garbage. */
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { PersistentVolume, PersistentVolumeClaim, Service } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { podSpecOf } from '../../generator/model/index.js';
import { modelOf, only } from '../support/config.js';
import { everyModel, podOf, configYml, kinds } from './built.js';

const test = suite('the registry, done right');

test('every pod meets the restricted Pod Security standard and has a read-only root file system', () => {
  for (const { model } of everyModel) {
    for (const object of model.objects) {
      const pod = podSpecOf(object);
      if (!pod) continue;
      assert.is(pod.securityContext!.runAsNonRoot, true);
      assert.ok(pod.securityContext!.runAsUser! > 0);
      assert.is(pod.securityContext!.seccompProfile!.type, 'RuntimeDefault');
      assert.is(
        pod.automountServiceAccountToken,
        pod.serviceAccountName!.endsWith('-gc'),
        'a token only for what makes the registry read-only',
      );
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext!;
        assert.equal(
          [allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities],
          [false, true, { drop: ['ALL'] }],
        );
        assert.ok(container.resources!.requests!['memory'] && container.resources!.limits!['memory']);
      }
    }
  }
});

test('no pod gets service links, which the registry would read as settings', () => {
  for (const { model } of everyModel) {
    for (const pod of model.objects.map(podSpecOf)) if (pod) assert.is(pod.enableServiceLinks, false);
  }
});

test('the pod has longer to stop than pause and drain take', () => {
  for (const { model, settings } of everyModel) {
    const pod = podOf(model);
    const pause = pod.containers[0]!.lifecycle!.preStop!.sleep!.seconds;
    assert.ok(pod.terminationGracePeriodSeconds! > pause + settings.drainSeconds);
    assert.is(configYml(model)['http'].draintimeout, `${settings.drainSeconds}s`);
  }
});

test('selectors match the pods they are for, and no other component', () => {
  for (const { model } of everyModel) {
    const labels = ['Deployment', 'StatefulSet', 'CronJob']
      .flatMap((kind) => model.objects.filter((object) => object.kind === kind))
      .map((object: any) => ({
        kind: object.kind,
        labels: (object.spec.template ?? object.spec.jobTemplate.spec.template).metadata.labels as Record<
          string,
          string
        >,
      }));
    const selected = (selector: Record<string, string>): string[] =>
      labels
        .filter((pod) => Object.entries(selector).every(([key, value]) => pod.labels[key] === value))
        .map(({ kind }) => kind);
    const deployment = only<Deployment>(model, 'Deployment');
    assert.equal(selected(deployment.spec!.selector.matchLabels!), ['Deployment']);
    assert.equal(selected(only<Service>(model, 'Service', deployment.metadata.name).spec!.selector!), ['Deployment']);
    for (const policy of model.objects.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as NetworkPolicy[]) {
      assert.is(selected(policy.spec!.podSelector.matchLabels!).length, 1);
    }
  }
});

test('every volume that is mounted is there, and every one that is there is mounted', () => {
  for (const { model } of everyModel) {
    for (const pod of model.objects.map(podSpecOf)) {
      if (!pod) continue;
      const mounted = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
      assert.equal([...new Set(mounted)].sort(), pod.volumes!.map(({ name }) => name).sort());
    }
  }
});

test('probes work with a login in front: / for readiness, the port alone for liveness', () => {
  const [container] = podOf(modelOf({})).containers;
  assert.equal(container!.readinessProbe!.httpGet, { path: '/', port: 'http' });
  assert.equal(container!.startupProbe!.httpGet, { path: '/', port: 'http' });
  assert.equal(container!.livenessProbe!.tcpSocket, { port: 'http' });
});

test('several replicas on shared storage roll without a gap, spread, and leave one at a time', () => {
  const model = modelOf({ replicas: 3 });
  const { spec } = only<Deployment>(model, 'Deployment');
  assert.equal(spec!.strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  const { topologySpreadConstraints, affinity } = podOf(model);
  // One constraint alone: where nodes lack the label of a second one, none counts.
  assert.equal(
    topologySpreadConstraints!.map(({ topologyKey }) => topologyKey),
    ['kubernetes.io/hostname'],
  );
  assert.equal(
    affinity!.podAntiAffinity!.preferredDuringSchedulingIgnoredDuringExecution!.map(
      ({ podAffinityTerm }) => podAffinityTerm.topologyKey,
    ),
    ['topology.kubernetes.io/zone'],
  );
  assert.is(only<any>(model, 'PodDisruptionBudget').spec.maxUnavailable, 1);
});

test('ReadWriteOnce with co-location keeps replicas and collector on one node, and blocks no drain', () => {
  const model = modelOf({ storage: { accessMode: 'ReadWriteOnce', colocate: true } });
  for (const pod of [
    podOf(model),
    only<CronJob>(model, 'CronJob', 'registry-gc').spec!.jobTemplate.spec!.template.spec!,
  ]) {
    const [term] = pod.affinity!.podAffinity!.requiredDuringSchedulingIgnoredDuringExecution!;
    assert.is(term!.topologyKey, 'kubernetes.io/hostname');
    assert.is(term!.labelSelector!.matchLabels!['app.kubernetes.io/component'], 'registry');
  }
  assert.not(podOf(model).topologySpreadConstraints);
  assert.not(kinds(model).includes('PodDisruptionBudget'));
  // The scheduler does not look again when pods are gone that podAffinity matches (kubernetes issue 141354).
  const [gone] = podOf(model).affinity!.podAntiAffinity!.requiredDuringSchedulingIgnoredDuringExecution!;
  assert.equal(gone!.labelSelector, only<Deployment>(model, 'Deployment').spec!.selector);
  assert.match(gone!.topologyKey, /^registry-gitops\//, 'a label that no node has');
});

test('a single replica on ReadWriteOnce is replaced, not rolled', () => {
  const strategyOf = (gc: object) =>
    only<Deployment>(modelOf({ replicas: 1, storage: { accessMode: 'ReadWriteOnce' }, gc }), 'Deployment').spec!
      .strategy!.type;
  assert.is(strategyOf({ dryRun: true }), 'Recreate');
  assert.is(
    strategyOf({}),
    'RollingUpdate',
    'on one node with the collector, so that pulls go on while the pods are replaced',
  );
});

test('the claim and the namespace survive a prune by Argo CD and by Flux', () => {
  const model = modelOf({});
  for (const kind of ['PersistentVolumeClaim', 'Namespace']) {
    assert.equal(only(model, kind).metadata.annotations, {
      'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
  }
});

test('a static volume is bound to its claim and outlives it', () => {
  for (const [volume, part] of [
    [{ nfs: { server: 'nfs.example.com', path: '/a' } }, { server: 'nfs.example.com', path: '/a' }],
    [{ csi: { driver: 'd.example.com', volumeHandle: 'h' } }, { driver: 'd.example.com', volumeHandle: 'h' }],
    [{ hostPath: { path: '/a', node: 'n' } }, { path: '/a', type: 'Directory' }],
  ] as const) {
    const model = modelOf({ name: 'r', namespace: 'ns', storage: { static: volume } });
    const { metadata, spec } = only<PersistentVolume>(model, 'PersistentVolume');
    const claim = only<PersistentVolumeClaim>(model, 'PersistentVolumeClaim');
    assert.equal((spec as Record<string, unknown>)[Object.keys(volume)[0]!], part);
    assert.equal([claim.spec!.volumeName, claim.spec!.storageClassName], [metadata.name, '']);
    assert.equal([spec!.claimRef!.namespace, spec!.claimRef!.name], ['ns', claim.metadata.name]);
    assert.is(spec!.persistentVolumeReclaimPolicy, 'Retain');
  }
});

test.run();
