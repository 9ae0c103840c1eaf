/** A machine outside of a cluster: it has a network of its own, which leads to the node and nowhere else. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../../../scripts/cluster/namespaces.js';
import type { Cluster } from '../../../scripts/cluster/cluster.js';
import type { Result } from '../../../scripts/cluster/node-programs.js';
import { ADDRESS } from '../../../scripts/cluster/settings.js';
import { PASSWORD, USER } from '../cluster/deployment.js';
import { Client } from '../cluster/client.js';
import { SecureClient } from './secure-client.js';

const NETWORK = 'client';
/** Of the machine's network, which a cluster sees as the source of its connections. */
export const RANGE = '10.78.0.0/24';

const SCRIPT = [
  'set -e',
  `ip netns add ${NETWORK}`,
  `ip link add outer type veth peer name inner netns ${NETWORK}`,
  'ip addr add 10.78.0.1/24 dev outer',
  'ip link set outer up',
  `ip -netns ${NETWORK} addr add 10.78.0.2/24 dev inner`,
  `ip -netns ${NETWORK} link set inner up`,
  `ip -netns ${NETWORK} link set lo up`,
  `ip -netns ${NETWORK} route add default via 10.78.0.1`,
].join('\n');

export class Outside {
  readonly #node: Cluster;
  readonly #host: string;
  readonly #folder: string;
  /** Port of the node -> port of this machine. */
  readonly #forwarded = new Map<number, number>();

  /** @param node that is up @param host name that leads to its address, and that its certificate is for */
  constructor(node: Cluster, host: string) {
    this.#node = node;
    this.#host = host;
    this.#folder = join(node.data, 'client');
    mkdirSync(this.#folder);
    this.#must(node.run('sh', '-c', SCRIPT));
    writeFileSync(this.#file('hosts'), `127.0.0.1 localhost\n${ADDRESS} ${host}\n`);
    this.#must(node.run('mount', '--bind', this.#file('hosts'), '/etc/hosts'));
  }

  /** @returns paths of a self-signed certificate for the host, and of its key */
  certificate(): { certificate: string; key: string } {
    const files = { certificate: this.#file('tls.crt'), key: this.#file('tls.key') };
    if (existsSync(files.key)) return files;
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', files.key];
    const names = ['-subj', `/CN=${this.#host}`, '-addext', `subjectAltName=DNS:${this.#host}`];
    output('openssl', ['req', '-x509', ...key, ...names, '-days', '2', '-out', files.certificate]);
    return files;
  }

  /** @returns where connections of this machine reach a port of the node, as if they came from there */
  async forward(port: number): Promise<string> {
    const known = this.#forwarded.get(port) ?? (await this.#node.forward(ADDRESS, port, NETWORK));
    this.#forwarded.set(port, known);
    return `127.0.0.1:${known}`;
  }

  /** @returns a client that trusts the certificate, and reaches the host over HTTPS */
  async client(): Promise<SecureClient> {
    return new SecureClient(await this.forward(443), this.#host, this.certificate().certificate);
  }

  /** @returns a client that reaches the host over HTTP */
  async plainClient(): Promise<Client> {
    const address = await this.forward(80);
    return new Client(() => address, this.#host);
  }

  /** Runs crane, with its own settings, and trusting the certificate. @returns what it prints @throws Error with what it says, where it fails */
  crane(...args: string[]): string {
    const settings = [`DOCKER_CONFIG=${this.#folder}`, `SSL_CERT_FILE=${this.certificate().certificate}`];
    return this.#must(this.#node.run('ip', 'netns', 'exec', NETWORK, 'env', ...settings, 'crane', ...args));
  }

  /** Logs crane in. */
  login(): void {
    this.crane('auth', 'login', this.#host, '--username', USER, '--password', PASSWORD);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #must({ code, out, err }: Result): string {
    if (code !== 0) throw new Error(err || out);
    return out.trim();
  }
}
