/** A registry in a real API server that has no nodes: what the Deployment's controller and the kubelets do with its pods is played. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { ApiServer } from './apiserver.js';
import { until } from '../processes.js';

const DEPLOYMENT = '/apis/apps/v1/namespaces/registry/deployments/registry';
const PODS = '/api/v1/namespaces/registry/pods';
const LOCK = '/api/v1/namespaces/registry/configmaps/registry-gc-lock';
const READONLY = 'REGISTRY_STORAGE_MAINTENANCE_READONLY';

interface Env {
  name: string;
  value?: string;
}
interface Deployment {
  metadata: { name: string; generation: number; resourceVersion?: string };
  spec: { replicas: number; template: { metadata: object; spec: { containers: { name: string; env: Env[] }[] } } };
}
interface Pod {
  metadata: { name: string };
  spec: Deployment['spec']['template']['spec'];
}
interface Lock {
  metadata: { resourceVersion: string };
  data?: { holder?: string };
}

export class PlayedRegistry {
  readonly #api: ApiServer;

  constructor(api: ApiServer) {
    this.#api = api;
  }

  async deployment(): Promise<Deployment> {
    return (await this.#api.get(DEPLOYMENT)).body as Deployment;
  }

  async lock(): Promise<Lock> {
    return (await this.#api.get(LOCK)).body as Lock;
  }

  /** @returns names of the variables of the registry's container */
  async variables(): Promise<string[]> {
    return (await this.deployment()).spec.template.spec.containers[0]!.env.map(({ name }) => name);
  }

  /** Whether its pods are meant to be read-only. */
  async isClosed(): Promise<boolean> {
    return (await this.variables()).includes(READONLY);
  }

  /** Replaces the Deployment by what it was, as `kubectl replace` does. */
  async putBack(before: Deployment): Promise<void> {
    const { resourceVersion: _, ...metadata } = before.metadata;
    const { status } = await this.#api.send('PUT', DEPLOYMENT, { body: { ...before, metadata } });
    assert.is(status, 200);
  }

  /** Waits until no pod is read-only. */
  async takesWrites(): Promise<void> {
    const { replicas } = (await this.deployment()).spec;
    const isSo = async (): Promise<boolean> => {
      const pods = await this.#pods();
      return pods.length === replicas && !JSON.stringify(pods).includes(READONLY);
    };
    await until('the pods take writes', isSo, 20_000);
  }

  /** Runs while pods of another template are replaced, one at a time, and the status says so. */
  async withPods(run: () => Promise<void>): Promise<void> {
    let over = false;
    const played = this.#play(() => over);
    try {
      await run();
    } finally {
      over = true;
      await played;
    }
  }

  async #play(isOver: () => boolean): Promise<void> {
    for (let count = 0; !isOver(); count++) {
      const { metadata, spec } = await this.deployment();
      const wanted = JSON.stringify(spec.template.spec.containers[0]!.env);
      const pods = await this.#pods();
      const old = pods.filter((pod) => JSON.stringify(pod.spec.containers[0]!.env) !== wanted);
      const current = pods.length - old.length;
      if (current < spec.replicas) {
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            ...spec.template.metadata,
            name: `registry-${metadata.generation}-${count}`,
            namespace: 'registry',
          },
          spec: spec.template.spec,
        };
        assert.is((await this.#api.send('POST', PODS, { body: pod })).status, 201);
      }
      if (old.length > 0) await this.#api.send('DELETE', `${PODS}/${old[0]!.metadata.name}?gracePeriodSeconds=0`);
      const status = {
        observedGeneration: metadata.generation,
        replicas: Math.min(pods.length, spec.replicas),
        updatedReplicas: current,
        readyReplicas: current,
        availableReplicas: current,
      };
      await this.#api.send('PATCH', `${DEPLOYMENT}/status`, { body: { status }, type: 'application/merge-patch+json' });
      await sleep(50);
    }
  }

  async #pods(): Promise<Pod[]> {
    return ((await this.#api.get(PODS)).body as { items: Pod[] }).items;
  }
}
