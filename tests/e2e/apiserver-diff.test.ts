/** What diff says of a change is what a real API server does: it refuses what needs recreate, and takes all else. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { compareObjects, type ObjectChange } from '../../generator/changes/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { ApiServer, COLLECTOR_TOKEN } from '../support/cluster/apiserver.js';
import { changeCases } from '../support/objects/change-cases.js';
import { changed, objectsOf } from '../support/objects/changes.js';
import { PROGRAM } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { findProgram, testWith } from '../support/tools.js';
import { prepare } from '../support/hooks.js';

const test = suite('diff and a real API server');
const [etcd, apiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map(findProgram);
const api = new ApiServer();
const withServer = (name: string, run: () => Promise<void>): void =>
  testWith(test, 'etcd, kube-apiserver or kubectl', Boolean(etcd && apiserver && kubectl), name, run);

prepare(test, async () => {
  if (!etcd || !apiserver || !kubectl) return;
  await api.start({ etcd, apiserver });
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'registry' } });
  for (const [name, isDefault] of [
    ['standard', 'true'],
    ['fast', 'false'],
  ]) {
    await api.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': isDefault } },
      provisioner: 'example.com/it',
      allowVolumeExpansion: true,
    } as object);
  }
});
test.after(() => api.stop());

let count = 0;

/** Lets the cluster have an object by a name of its own, and @returns the other one by the same name. */
async function put(before: KubernetesObject, after: KubernetesObject): Promise<KubernetesObject> {
  const name = `${before.kind.toLowerCase()}-${count++}`;
  const renamed = (object: KubernetesObject): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, name },
  });
  await api.apply(renamed(before));
  // A claim grows only once it is bound, as it is where a registry runs.
  if (before.kind === 'PersistentVolumeClaim') await bind(before.metadata.namespace!, name);
  return renamed(after);
}

async function bind(namespace: string, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
  const patch = async (at: string, body: object): Promise<void> =>
    assert.is((await api.send('PATCH', at, { body, type: 'application/merge-patch+json' })).status, 200);
  await patch(path, { spec: { volumeName: 'bound' } });
  await patch(`${path}/status`, { status: { phase: 'Bound', capacity: { storage: '100Gi' } } });
}

const needsRecreate = ({ fields }: ObjectChange): boolean => fields.some((field) => field.class === 'needs-recreate');
const id = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

withServer('each change of an object is refused where diff says that it needs recreate, and nowhere else', async () => {
  const wrong: string[] = [];
  const verdicts = { refused: 0, accepted: 0 };
  const cases = changeCases();
  for (const { name, before, after } of cases) {
    const changes = compareObjects(before, after);
    assert.ok(changes.length > 0, `${name}: nothing changes`);
    for (const change of changes.filter((one) => one.change === 'changed')) {
      const old = before.find(
        (object) => object.kind === change.object.kind && object.metadata.name === change.object.metadata.name,
      );
      // A ConfigMap with another hash in its name is a new object.
      if (!old) continue;
      const { accepted, message } = await api.dryRun(await put(old, change.object));
      verdicts[accepted ? 'accepted' : 'refused']++;
      if (accepted === needsRecreate(change))
        wrong.push(
          `${name}: ${id(change.object)} is ${change.class}, and the API server ${accepted ? 'takes it' : `says: ${message}`}`,
        );
    }
  }
  assert.equal(wrong, []);
  assert.ok(
    cases.length >= 60 && verdicts.refused >= 20 && verdicts.accepted >= 40,
    JSON.stringify({ cases: cases.length, ...verdicts }),
  );
  console.log(
    `${cases.length} changes: the API server took ${verdicts.accepted} objects and refused ${verdicts.refused}, as diff said`,
  );
});

withServer('every overlay object that is added is taken', async () => {
  for (const { name, before, after } of changeCases()) {
    for (const { object } of compareObjects(before, after).filter(({ change }) => change === 'added')) {
      const { accepted, message } = await api.dryRun(object);
      assert.ok(accepted, `${name}: ${id(object)}: ${message}`);
    }
  }
});

for (const how of ['as kubectl', 'server-side, as Flux']) {
  withServer(
    `--live shows what a cluster would become, and nothing of its own, where it was applied ${how}`,
    async () => {
      await withFolder(async (folder) => {
        const namespace = how === 'as kubectl' ? 'live-one' : 'live-two';
        const start = changed((config) => void (config.namespace = namespace));
        const env = { ...process.env, KUBECONFIG: api.kubeconfig() };
        const write = (config: object): void => writeFileSync(join(folder, 'registry.yaml'), stringify(config));
        const diff = (...args: string[]): { code: number | null; out: string; err: string } => {
          const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'diff', '--live', ...args], {
            cwd: folder,
            env,
            encoding: 'utf8',
          });
          return { code: status, out: stdout, err: stderr };
        };
        write(start);
        const { code: newCode, out: newOut, err } = diff();
        assert.is(newCode, 11, newOut + err);
        assert.match(newOut, `+ Namespace/${namespace}`);
        assert.not.match(newOut, '~ ');

        await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
        const flags = how === 'as kubectl' ? [] : ['--server-side', '--field-manager', 'kustomize-controller'];
        const apply = (items: object[]): void =>
          void execFileSync('kubectl', ['apply', ...flags, '-f', '-'], {
            env,
            input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
            stdio: ['pipe', 'ignore', 'pipe'],
          });
        apply(objectsOf(start));
        await bind(namespace, 'registry-data');
        const same = diff();
        assert.equal([same.code, same.err], [0, ''], same.out);
        assert.match(same.out, 'Nothing would change');

        const readers = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'readers' } };
        await api.apply({
          ...readers,
          kind: 'ClusterRole',
          rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }],
        } as object);
        await api.apply({
          ...readers,
          kind: 'ClusterRoleBinding',
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'readers' },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:serviceaccounts' }],
        } as object);
        const reader = spawnSync(process.execPath, [PROGRAM, 'diff', '--live'], {
          cwd: folder,
          env: { ...env, KUBECONFIG: api.kubeconfig(COLLECTOR_TOKEN) },
          encoding: 'utf8',
        });
        assert.equal([reader.status, reader.stdout], [3, ''], reader.stderr);
        assert.match(
          reader.stderr,
          /^registry-gitops: --live asks by a dry run, and whoever asks may not: .*cannot patch resource/,
        );

        const claim = objectsOf(start).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
        apply([
          {
            ...claim,
            metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, 'example.com/gone': 'yes' } },
          },
        ]);
        write(
          changed(
            (config) =>
              void (
                (config.namespace = namespace),
                (config.image = 'registry:3.1.2'),
                (config.storage.size = '50Gi'),
                (config.gc = { enabled: false })
              ),
          ),
        );
        const { code, out } = diff();
        assert.is(code, 12, out);
        assert.match(out, 'containers.registry.image: registry:3.1.0 -> registry:3.1.2');
        assert.match(out, /PersistentVolumeClaim\/registry-data in \S+ {2}needs recreate/);
        assert.match(out, 'metadata.annotations[example.com/gone]: yes -> (none)');
        assert.match(out, '- CronJob/registry-gc ');
        assert.not.match(out, 'status');
      });
    },
  );
}

test.run();
