/**
 * A collection on a real API server, with the rights of its Role: what it changes is left alone by server-side apply (as Flux
 * and Argo CD do it) and by kubectl apply, and it may do nothing else. Pods are played here: there are no nodes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiServer, COLLECTOR_TOKEN } from '../support/cluster/apiserver.js';
import { shippedUnits } from '../support/objects/corpus.js';
import { Processes, until } from '../support/processes.js';
import { findProgram, testWith } from '../support/tools.js';
import { prepare } from '../support/hooks.js';

const test = suite('a collection on a real API server');
const [etcd, apiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map(findProgram);
const api = new ApiServer();
const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-collection-'));
const objects = shippedUnits().find(({ name }) => name === 'base')!.objects;
const DEPLOYMENT = '/apis/apps/v1/namespaces/registry/deployments/registry';
const PODS = '/api/v1/namespaces/registry/pods';
const withServer = (name: string, run: () => Promise<void>): void =>
  testWith(test, 'etcd, kube-apiserver or kubectl', Boolean(etcd && apiserver && kubectl), name, run);

interface Env {
  name: string;
  value?: string;
}
interface Live {
  metadata: { name: string; generation: number; uid: string };
  spec: { replicas: number; template: { metadata: object; spec: { containers: { name: string; env: Env[] }[] } } };
}
const live = async (): Promise<Live> => (await api.get(DEPLOYMENT)).body as Live;
const variables = async (): Promise<string[]> =>
  (await live()).spec.template.spec.containers[0]!.env.map(({ name }) => name);
const READONLY = 'REGISTRY_STORAGE_MAINTENANCE_READONLY';

/** Plays the controller and the nodes: replaces pods of another template one at a time, and says so in the status. */
async function play(isOver: () => boolean): Promise<void> {
  for (let count = 0; !isOver(); count++) {
    const { metadata, spec } = await live();
    const wanted = JSON.stringify(spec.template.spec.containers[0]!.env);
    const { items } = (await api.get(PODS)).body as {
      items: { metadata: { name: string }; spec: Live['spec']['template']['spec'] }[];
    };
    const old = items.filter((pod) => JSON.stringify(pod.spec.containers[0]!.env) !== wanted);
    const current = items.length - old.length;
    if (current < spec.replicas) {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...spec.template.metadata, name: `registry-${count}`, namespace: 'registry' },
        spec: spec.template.spec,
      };
      assert.is((await api.send('POST', PODS, { body: pod })).status, 201);
    }
    if (old.length > 0) await api.send('DELETE', `${PODS}/${old[0]!.metadata.name}?gracePeriodSeconds=0`);
    const status = {
      observedGeneration: metadata.generation,
      replicas: Math.min(items.length, spec.replicas),
      updatedReplicas: current,
      readyReplicas: current,
      availableReplicas: current,
    };
    await api.send('PATCH', `${DEPLOYMENT}/status`, { body: { status }, type: 'application/merge-patch+json' });
    await sleep(50);
  }
}

function startCollection(task: 'collect' | 'recover', ...command: string[]): ReturnType<Processes['start']> {
  const { url, certificate } = api.place;
  const program = join(import.meta.dirname, '../../generator/generated/collector/main.mjs');
  const options = [
    '--deployment',
    'registry',
    '--lock',
    'registry-gc-lock',
    '--api',
    url,
    '--account',
    folder,
    '--silence',
    '6',
  ];
  return processes.start(
    process.execPath,
    [program, task, ...options, ...(command.length > 0 ? ['--', ...command] : [])],
    { NODE_EXTRA_CA_CERTS: certificate },
    { group: true },
  );
}

/** Applies the tree from git once more. */
const applies: Record<string, () => Promise<void>> = {
  'server-side apply, as Flux does it': async () => {
    for (const object of objects) await api.apply(object);
  },
  'kubectl apply': async () => {
    const file = join(folder, 'tree.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    execFileSync(kubectl!, ['--kubeconfig', api.kubeconfig(), 'apply', '-f', file], { stdio: 'pipe' });
  },
};

prepare(test, async () => {
  if (!etcd || !apiserver || !kubectl) return;
  writeFileSync(join(folder, 'token'), COLLECTOR_TOKEN);
  writeFileSync(join(folder, 'namespace'), 'registry');
  await api.start({ etcd, apiserver });
  for (const object of objects.filter(({ kind }) => kind === 'Namespace')) await api.apply(object);
});
test.after(async () => {
  await processes.stop();
  await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const [how, apply] of Object.entries(applies)) {
  withServer(
    `${how} in the middle of a collection changes nothing, and finds nothing to change afterwards`,
    async () => {
      let over = false;
      await apply();
      const before = await variables();
      const played = play(() => over);
      try {
        const job = startCollection('collect', 'sleep', '4');
        await until('it collects', () => job.log().includes('collecting'), 30_000, job.log);
        assert.ok((await variables()).includes(READONLY));
        const { generation } = (await live()).metadata;
        await apply();
        assert.ok((await variables()).includes(READONLY), 'still read-only');
        assert.is((await live()).metadata.generation, generation, 'nothing to change');
        assert.is((await live()).spec.replicas, 2);
        assert.is(await job.exited, 0, job.log());
        await until(
          'the pods take writes',
          async () => !JSON.stringify((await api.get(PODS)).body).includes(READONLY),
          20_000,
        );
        assert.equal(await variables(), before, 'as it was');
        const after = (await live()).metadata.generation;
        await apply();
        assert.is((await live()).metadata.generation, after, 'nothing to change');
      } finally {
        over = true;
        await played;
      }
    },
  );
}

withServer('one that is killed is recovered from', async () => {
  let over = false;
  const played = play(() => over);
  try {
    const job = startCollection('collect', 'sleep', '60');
    await until('it collects', () => job.log().includes('collecting'), 30_000, job.log);
    processes.kill(job.child);
    const recover = startCollection('recover');
    assert.is(await recover.exited, 0, recover.log());
    assert.not((await variables()).includes(READONLY));
  } finally {
    over = true;
    await played;
  }
});

withServer('its Role lets it do this, and nothing else', async () => {
  const ask = async (verb: string, resource: string, name = '', group = ''): Promise<boolean> => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: 'registry', verb, group, resource, name } },
    };
    const { body: answer } = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body,
      token: COLLECTOR_TOKEN,
    });
    return answer.status.allowed as boolean;
  };
  for (const [verb, resource, name, group] of [
    ['get', 'deployments', 'registry', 'apps'],
    ['patch', 'deployments', 'registry', 'apps'],
    ['list', 'pods'],
    ['get', 'configmaps', 'registry-gc-lock'],
    ['patch', 'configmaps', 'registry-gc-lock'],
  ] as const) {
    assert.ok(await ask(verb, resource, name, group), `${verb} ${resource}`);
  }
  const refused = [
    ['patch', 'deployments', 'other', 'apps'],
    ['update', 'deployments', 'registry', 'apps'],
    ['delete', 'deployments', 'registry', 'apps'],
    ['create', 'deployments', '', 'apps'],
    ['patch', 'statefulsets', 'registry-redis', 'apps'],
    ['get', 'secrets', 'registry-secrets'],
    ['list', 'secrets'],
    ['create', 'pods'],
    ['delete', 'pods', 'registry-1'],
    ['get', 'configmaps', 'registry-config'],
    ['list', 'configmaps'],
    ['patch', 'cronjobs', 'registry-gc', 'batch'],
    ['create', 'jobs', '', 'batch'],
    ['create', 'pods/exec', 'registry-1'],
  ] as const;
  for (const [verb, resource, name = '', group = ''] of refused)
    assert.not(await ask(verb, resource, name, group), `${verb} ${resource} ${name}`);
});

test.run();
