/** A client that reaches the registry by its host's name, over HTTPS, and follows no answer to anywhere else. */
import { readFileSync } from 'node:fs';
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { AUTHORIZATION } from '../cluster/deployment.js';
import { Client } from '../cluster/client.js';

export class SecureClient extends Client {
  readonly #host: string;
  readonly #tls: Agent;
  readonly #address: [host: string, port: string];

  /** @param address host:port where its connections go @param certificate path of the one that it trusts */
  constructor(address: string, host: string, certificate: string) {
    super(() => address);
    this.#address = address.split(':') as [string, string];
    this.#host = host;
    this.#tls = new Agent({ keepAlive: true, maxSockets: 16, ca: readFileSync(certificate), servername: host });
  }

  override close(): void {
    super.close();
    this.#tls.destroy();
  }

  /** @throws Error where the place is another host's, or has no TLS */
  override open(method: string, place: string, headers: OutgoingHttpHeaders): ClientRequest {
    const { origin, pathname, search } = new URL(place, `https://${this.#host}`);
    if (origin !== `https://${this.#host}`) throw new Error(`${method} ${place} leads away from ${this.#host}`);
    const [host, port] = this.#address;
    return request({
      host,
      port,
      method,
      path: pathname + search,
      headers: { host: this.#host, authorization: AUTHORIZATION, ...headers },
      agent: this.#tls,
      timeout: 30_000,
    });
  }
}
