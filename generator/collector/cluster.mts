/** The few things that a collection asks of the Kubernetes API, with the rights that the Role beside it gives. */
import { readFileSync } from 'node:fs';

/** What makes a registry read-only, as variables of its container: writes answer 405, and nothing is put into the cache. */
const CLOSED: Readonly<Record<string, string>> = {
  REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}',
  // Any type that the registry does not know turns the cache off: what a pull looks up now may be collected in a moment.
  REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: 'none',
};

/** Milliseconds after which a request counts as failed. */
const REQUEST_TIMEOUT = 3000;

interface Container {
  name: string;
  env?: { name: string; value?: string }[];
}

interface Deployment {
  metadata: { generation: number };
  spec: {
    replicas: number;
    selector: { matchLabels: Record<string, string> };
    template: { spec: { containers: Container[] } };
  };
  status?: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number };
}

interface Pod {
  metadata: { name: string };
  spec: { containers: Container[] };
  status?: { phase?: string };
}

export interface ConfigMap {
  metadata: { resourceVersion: string };
  data?: Record<string, string>;
}

/** What the API server answered instead of doing what it was asked. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, what: string, message: string) {
    super(`${what}: ${status} ${message}`);
    this.status = status;
  }
}

export interface Place {
  /** Such as https://10.0.0.1:443. */
  api: string;
  /** Folder with the service account's token and namespace, as every pod has it. */
  account: string;
  /** Names of the registry's Deployment, and of the container in it that serves. */
  deployment: string;
  container: string;
}

export interface Registry {
  /** Whether its pods are meant to be read-only. */
  closed: boolean;
  /** Whether anything of that is left in the Deployment. */
  touched: boolean;
  /** Whether the pods are what the Deployment says, and ready. */
  rolledOut: boolean;
  /** Pods that take writes, or may still do so: those that are about to stop among them. */
  writers: string[];
}

export class Cluster {
  readonly #place: Place;
  readonly #namespace: string;

  constructor(place: Place) {
    this.#place = place;
    this.#namespace = readFileSync(`${place.account}/namespace`, 'utf8').trim();
  }

  /** @returns what the registry's Deployment and pods are at the moment. */
  async registry(): Promise<Registry> {
    const { metadata, spec, status = {} } = (await this.#send('GET', this.#deployment())) as Deployment;
    const selector = Object.entries(spec.selector.matchLabels).map(([label, value]) => `${label}=${value}`);
    const pods = (await this.#send(
      'GET',
      `/api/v1/namespaces/${this.#namespace}/pods?labelSelector=${encodeURIComponent(selector.join(','))}`,
    )) as { items: Pod[] };
    // Only a pod that ended for good runs nothing. On a node that is out of reach, a pod may be running whatever its status says.
    const alive = pods.items.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
    return {
      closed: this.#isClosed(spec.template.spec.containers),
      touched: this.#envOf(spec.template.spec.containers).some(({ name }) => name in CLOSED),
      // As `kubectl rollout status` sees it.
      rolledOut:
        (status.observedGeneration ?? 0) >= metadata.generation &&
        (status.replicas ?? 0) === spec.replicas &&
        (status.updatedReplicas ?? 0) === spec.replicas &&
        (status.availableReplicas ?? 0) === spec.replicas,
      writers: alive.filter(({ spec }) => !this.#isClosed(spec.containers)).map(({ metadata }) => metadata.name),
    };
  }

  /**
   * Makes the registry read-only, or take writes again, by variables that nobody else sets: its pods are replaced one
   * after the other. A list of variables is merged by their names, so a controller that applies the Deployment from git
   * leaves these alone.
   *
   * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
   */
  async setClosed(closed: boolean): Promise<void> {
    const env = Object.entries(CLOSED).map(([name, value]) => (closed ? { name, value } : { name, $patch: 'delete' }));
    const patch = { spec: { template: { spec: { containers: [{ name: this.#place.container, env }] } } } };
    await this.#send('PATCH', this.#deployment(), patch, 'application/strategic-merge-patch+json');
  }

  async readConfigMap(name: string): Promise<ConfigMap> {
    return (await this.#send('GET', this.#configMap(name))) as ConfigMap;
  }

  /** Sets data, if nobody has changed the ConfigMap since it was read. @throws Refusal with status 409 if someone has */
  async writeConfigMap(
    name: string,
    { metadata: { resourceVersion } }: ConfigMap,
    data: Record<string, string>,
  ): Promise<ConfigMap> {
    return (await this.#send(
      'PATCH',
      this.#configMap(name),
      { metadata: { resourceVersion }, data },
      'application/merge-patch+json',
    )) as ConfigMap;
  }

  #isClosed(containers: Container[]): boolean {
    const env = this.#envOf(containers);
    return Object.entries(CLOSED).every(([name, value]) =>
      env.some((variable) => variable.name === name && variable.value === value),
    );
  }

  #envOf(containers: Container[]): NonNullable<Container['env']> {
    return containers.find(({ name }) => name === this.#place.container)?.env ?? [];
  }

  #deployment(): string {
    return `/apis/apps/v1/namespaces/${this.#namespace}/deployments/${this.#place.deployment}`;
  }

  #configMap(name: string): string {
    return `/api/v1/namespaces/${this.#namespace}/configmaps/${name}`;
  }

  async #send(method: string, path: string, body?: object, type = 'application/json'): Promise<unknown> {
    // Read each time: the kubelet renews the token.
    const bearer = readFileSync(`${this.#place.account}/token`, 'utf8').trim();
    const query = method === 'GET' ? '' : '?fieldManager=registry-gc';
    const answer = await fetch(`${this.#place.api}${path}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        accept: 'application/json',
        ...(body ? { 'content-type': type } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    const content = (await answer.json().catch(() => ({}))) as { message?: string };
    if (!answer.ok) throw new Refusal(answer.status, `${method} ${path}`, content.message ?? answer.statusText);
    return content;
  }
}
