import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  /** With its query, as it was sent. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Whether its end never comes. */
  endless?: boolean;
}

/** A server on the loopback interface that answers as a test says, and keeps what it was asked. */
export class Loopback {
  readonly asked: Asked[] = [];
  url = '';
  #server: Server | undefined;
  #answer: (asked: Asked) => Reply | undefined;

  /** @param answer undefined to hang up */
  constructor(answer: (asked: Asked) => Reply | undefined) {
    this.#answer = answer;
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (data) => (body += data));
      request.on('end', () => {
        const asked = { method: request.method!, path: request.url!, headers: request.headers, body };
        this.asked.push(asked);
        const reply = this.#answer(asked);
        if (!reply) return request.socket.destroy();
        response.writeHead(reply.status ?? 200, reply.headers).write(reply.body ?? '');
        if (!reply.endless) response.end();
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

/** Runs a check with a server, which is stopped afterwards. */
export async function withLoopback(
  answer: (asked: Asked) => Reply | undefined,
  check: (server: Loopback) => Promise<void>,
): Promise<void> {
  const server = await new Loopback(answer).start();
  try {
    await check(server);
  } finally {
    server.stop();
  }
}
