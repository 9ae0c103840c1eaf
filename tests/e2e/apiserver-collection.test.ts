/**
 * A collection on a real API server, with the rights of its Role: what it changes is left alone by server-side apply (as Flux
 * and Argo CD do it) and by kubectl apply, and it may do nothing else. Pods are played here, as there are no nodes, and so is
 * the dry run of the registry's own collector: what counts here is what happens to the objects.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blobFile } from '../../generator/collector/layout.mjs';
import { ApiServer, COLLECTOR_TOKEN } from '../support/cluster/apiserver.js';
import { PlayedRegistry } from '../support/cluster/played-registry.js';
import { RegistryFolder } from '../support/collector/registry-folder.js';
import { shippedUnits } from '../support/objects/corpus.js';
import { Processes, until } from '../support/processes.js';
import { findProgram, testWith } from '../support/tools.js';
import { prepare } from '../support/hooks.js';

const test = suite('a collection on a real API server');
const [etcd, apiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map(findProgram);
const api = new ApiServer();
const registry = new PlayedRegistry(api);
const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-collection-'));
const objects = shippedUnits().find(({ name }) => name === 'base')!.objects;
const volume = join(folder, 'volume');
/** Milliseconds in which a collection notices that the registry takes writes again, and ends: it looks every tenth of a second here. */
const NOTICED = 10_000;
const withServer = (name: string, run: () => Promise<void>): void =>
  testWith(test, 'etcd, kube-apiserver or kubectl', Boolean(etcd && apiserver && kubectl), name, run);

/** Starts the program. @param options in addition */
function start(task: 'collect' | 'recover', ...options: string[]): ReturnType<Processes['start']> {
  const { url, certificate } = api.place;
  const program = join(import.meta.dirname, '../../generator/generated/collector/main.mjs');
  const names = ['--deployment', 'registry', '--lock', 'registry-gc-lock'];
  const place = ['--api', url, '--account', folder, '--silence', '6'];
  return processes.start(
    process.execPath,
    [program, task, ...names, ...place, ...options],
    { NODE_EXTRA_CA_CERTS: certificate },
    { group: true },
  );
}

/** A blob that no image uses, in the registry's volume. */
class Garbage {
  readonly #registry = new RegistryFolder(volume);
  readonly #digest = this.#registry.blob('garbage');

  get isThere(): boolean {
    return this.#registry.has(blobFile(this.#digest));
  }

  /** Starts to collect it. @param settle seconds for which it does nothing, once no pod takes writes, and again after removing */
  collect(settle: number): ReturnType<Processes['start']> {
    const dryRun = join(folder, 'registry');
    writeFileSync(dryRun, `#!/bin/sh\necho 'blob eligible for deletion: ${this.#digest}'\n`, { mode: 0o755 });
    return start(
      'collect',
      '--volume',
      volume,
      '--settle',
      String(settle),
      '--',
      dryRun,
      'garbage-collect',
      '--dry-run',
    );
  }

  /** Starts to collect it, and waits until nobody pushes any more. */
  async collecting(settle: number): Promise<ReturnType<Processes['start']>> {
    const job = this.collect(settle);
    await until('it collects', () => job.log().includes('collecting'), 30_000, job.log);
    assert.ok(await registry.isClosed());
    return job;
  }
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
  mkdirSync(volume);
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
      await apply();
      const before = await registry.variables();
      const garbage = new Garbage();
      await registry.withPods(async () => {
        const job = await garbage.collecting(4);
        const { generation } = (await registry.deployment()).metadata;
        await apply();
        assert.ok(await registry.isClosed(), 'still read-only');
        assert.is((await registry.deployment()).metadata.generation, generation, 'nothing to change');
        assert.is((await registry.deployment()).spec.replicas, 2);
        assert.is(await job.exited, 0, job.log());
        assert.not(garbage.isThere);
        await registry.takesWrites();
        assert.equal(await registry.variables(), before, 'as it was');
        const after = (await registry.deployment()).metadata.generation;
        await apply();
        assert.is((await registry.deployment()).metadata.generation, after, 'nothing to change');
      });
    },
  );
}

withServer('where there is nothing to remove, it changes nothing', async () => {
  const garbage = new Garbage();
  await registry.withPods(async () => {
    assert.is(await garbage.collect(0).exited, 0);
    assert.not(garbage.isThere);
    await registry.takesWrites();
  });
  // The registry's own collector still says that there is some: it may have looked before another collection.
  const before = [await registry.deployment(), await registry.lock()];
  const job = garbage.collect(0);
  assert.is(await job.exited, 0, job.log());
  assert.match(job.log(), 'there is nothing to remove');
  assert.equal([await registry.deployment(), await registry.lock()], before);
});

withServer('one that is killed is recovered from', async () => {
  const garbage = new Garbage();
  await registry.withPods(async () => {
    processes.kill((await garbage.collecting(60)).child);
    const recover = start('recover');
    assert.is(await recover.exited, 0, recover.log());
    assert.not(await registry.isClosed());
    assert.ok(garbage.isThere);
    await registry.takesWrites();
  });
});

/** It has noticed that the registry takes writes again: it ends, removes nothing, and another one may begin. */
async function hasStopped(job: ReturnType<Processes['start']>, garbage: Garbage): Promise<void> {
  await until('it ends', () => job.child.exitCode !== null, NOTICED, job.log);
  assert.is(await job.exited, 1, job.log());
  assert.match(job.log(), 'the Deployment was changed to accept writes');
  assert.not(await registry.isClosed());
  assert.ok(garbage.isThere);
  assert.is((await registry.lock()).data?.holder, '', 'the lock is free');
}

withServer('opened by someone else while it waits for the pods, it stops within seconds', async () => {
  const garbage = new Garbage();
  const before = await registry.deployment();
  // Nobody replaces the pods, so it waits for them.
  const job = garbage.collect(0);
  await until('it waits', () => registry.isClosed(), 30_000, job.log);
  assert.ok((await registry.lock()).data?.holder);
  await registry.putBack(before);
  await hasStopped(job, garbage);
  assert.not.match(job.log(), 'collecting');
});

withServer('opened by someone else while it collects, it stops within seconds', async () => {
  const garbage = new Garbage();
  await registry.withPods(async () => {
    const before = await registry.deployment();
    const job = await garbage.collecting(60);
    await registry.putBack(before);
    await hasStopped(job, garbage);
    await registry.takesWrites();
  });
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
