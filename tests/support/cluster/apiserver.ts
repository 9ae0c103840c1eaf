/**
 * A real control plane without nodes: etcd and kube-apiserver as processes on loopback, as controller-runtime's envtest
 * has them. Objects are applied server-side as dry runs, so nothing but what a test creates is ever stored.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, Processes, until } from '../processes.js';

const TOKEN = 'loopback-only';
/** Of the ServiceAccount that collects garbage. */
export const COLLECTOR_TOKEN = 'loopback-collector';

export interface Verdict {
  accepted: boolean;
  /** What the API server says of a refused object. */
  message: string;
  warnings: string[];
}

interface Answer {
  status: number;
  body: any;
  warnings: string[];
}

type Manifest = { apiVersion?: unknown; kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } };

export class ApiServer {
  readonly #processes = new Processes();
  readonly #folder = mkdtempSync(join(tmpdir(), 'registry-gitops-apiserver-'));
  readonly #resources = new Map<string, { path: string; namespaced: boolean } | undefined>();
  #port = 0;
  #agent = new Agent();

  /**
   * Starts both and waits until they serve.
   *
   * @param programs paths of etcd and kube-apiserver
   * @param flags further flags of kube-apiserver
   */
  async start(programs: { etcd: string; apiserver: string }, flags: string[] = []): Promise<void> {
    const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
    const url = (port: number): string => `http://127.0.0.1:${port}`;
    const etcd = this.#processes.start(programs.etcd, [
      '--data-dir',
      join(this.#folder, 'etcd'),
      '--listen-client-urls',
      url(client),
      '--advertise-client-urls',
      url(client),
      '--listen-peer-urls',
      url(peer),
      '--initial-advertise-peer-urls',
      url(peer),
      '--initial-cluster',
      `default=${url(peer)}`,
      '--unsafe-no-fsync',
    ]);
    await until('etcd answers', async () => (await fetch(`${url(client)}/health`)).ok, 30_000, etcd.log);
    const path = (name: string): string => join(this.#folder, name);
    execFileSync('openssl', ['genrsa', '-out', path('sa.key'), '2048'], { stdio: 'ignore' });
    const collector = 'system:serviceaccount:registry:registry-gc';
    writeFileSync(
      path('tokens.csv'),
      `${TOKEN},admin,admin,"system:masters"\n${COLLECTOR_TOKEN},${collector},collector,"system:serviceaccounts,system:serviceaccounts:registry,system:authenticated"\n`,
    );
    this.#port = secure;
    const apiserver = this.#processes.start(programs.apiserver, [
      `--etcd-servers=${url(client)}`,
      `--secure-port=${secure}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${path('certs')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${path('sa.key')}`,
      `--service-account-signing-key-file=${path('sa.key')}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      `--token-auth-file=${path('tokens.csv')}`,
      '--disable-admission-plugins=ServiceAccount',
      '--allow-privileged=true',
      ...flags,
    ]);
    await until(
      'kube-apiserver answers',
      async () => {
        this.#agent = new Agent({
          keepAlive: true,
          maxSockets: 8,
          ca: readFileSync(path('certs/apiserver.crt')),
          checkServerIdentity: () => undefined,
        });
        return (await this.get('/readyz')).status === 200;
      },
      90_000,
      apiserver.log,
    );
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#processes.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path);
  }

  /** Where it is, and the certificate by which it is known. */
  get place(): { url: string; certificate: string } {
    return { url: `https://127.0.0.1:${this.#port}`, certificate: join(this.#folder, 'certs/apiserver.crt') };
  }

  /** Asks anything. @param token whose rights count */
  send(
    method: string,
    path: string,
    { body, type, token }: { body?: object; type?: string; token?: string } = {},
  ): Promise<Answer> {
    return this.#send(method, path, body && JSON.stringify(body), type, token);
  }

  /** @param token whose rights count @returns a kubeconfig, with all rights unless told otherwise */
  kubeconfig(token = TOKEN): string {
    const path = join(this.#folder, `kubeconfig-${token}`);
    const { url, certificate } = this.place;
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster: { server: url, 'certificate-authority': certificate } }],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'admin' } }],
      'current-context': 'it',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  /** Creates or changes an object for good. @throws where the API server refuses it */
  async apply(object: Manifest): Promise<void> {
    const { accepted, message } = await this.#apply(object, false);
    if (!accepted) throw new Error(`${object.kind} ${object.metadata?.name}: ${message}`);
  }

  /** Asks what would become of an object, strict about fields, and stores nothing. */
  dryRun(object: Manifest): Promise<Verdict> {
    return this.#apply(object, true);
  }

  /** Installs CRDs and waits until their kinds are served. */
  async install(crds: Manifest[]): Promise<void> {
    for (const crd of crds) await this.apply(crd);
    for (const crd of crds) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata!.name}`;
      await until(
        `${crd.metadata!.name} is established`,
        async () => {
          const { body } = await this.get(path);
          return (body.status?.conditions ?? []).some(
            ({ type, status }: { type: string; status: string }) => type === 'Established' && status === 'True',
          );
        },
        60_000,
      );
    }
    this.#resources.clear();
  }

  async #apply(object: Manifest, dry: boolean): Promise<Verdict> {
    const place = await this.#pathOf(object);
    if (place === undefined)
      return {
        accepted: false,
        message: `no matches for kind ${object.kind} in version ${object.apiVersion}`,
        warnings: [],
      };
    const query = `fieldManager=registry-gitops&fieldValidation=Strict${dry ? '&dryRun=All' : ''}`;
    const text = JSON.stringify(object);
    // What is to be applied has to be right both ways: server-side (Flux), and created (Argo CD, kubectl's default).
    const applied = verdictOf(
      await this.#send('PATCH', `${place.object}?${query}&force=true`, text, 'application/apply-patch+yaml'),
    );
    if (!dry || !applied.accepted) return applied;
    const created = await this.#send('POST', `${place.list}?${query}`, text, 'application/json');
    return created.status === 409 ? applied : verdictOf(created);
  }

  async #pathOf({ apiVersion, kind, metadata }: Manifest): Promise<{ list: string; object: string } | undefined> {
    const id = `${apiVersion}/${kind}`;
    if (!this.#resources.has(id)) this.#resources.set(id, await this.#discover(String(apiVersion), String(kind)));
    const resource = this.#resources.get(id);
    if (!resource || typeof metadata?.name !== 'string' || metadata.name === '') return undefined;
    const namespace = resource.namespaced
      ? `/namespaces/${encodeURIComponent(String(metadata.namespace ?? 'default'))}`
      : '';
    const list = resource.path.replace(/\/([^/]+)$/, `${namespace}/$1`);
    return { list, object: `${list}/${encodeURIComponent(metadata.name)}` };
  }

  async #discover(apiVersion: string, kind: string): Promise<{ path: string; namespaced: boolean } | undefined> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { status, body } = await this.get(root);
    if (status !== 200) return undefined;
    const found = (body.resources as { name: string; kind: string; namespaced: boolean }[]).find(
      (resource) => resource.kind === kind && !resource.name.includes('/'),
    );
    return found && { path: `${root}/${found.name}`, namespaced: found.namespaced };
  }

  #send(method: string, path: string, content?: string, type = 'application/json', token = TOKEN): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(content === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(content) }),
      };
      const sent = request(
        { host: '127.0.0.1', port: this.#port, path, method, headers, agent: this.#agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const warning = response.headers['warning'];
            const warnings = [warning ?? []]
              .flat()
              .flatMap((line) =>
                [...String(line).matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, message]) => message!),
              );
            let body: unknown = text;
            try {
              body = JSON.parse(text);
            } catch {
              // Plain text, such as of /readyz.
            }
            resolve({ status: response.statusCode!, body, warnings });
          });
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(content);
    });
  }
}

function verdictOf({ status, body, warnings }: Answer): Verdict {
  const accepted = status < 300;
  return {
    accepted,
    message: accepted ? '' : String((body as { message?: string } | undefined)?.message ?? status),
    warnings,
  };
}
